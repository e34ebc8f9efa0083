import { newId as randomId, systemClock, type Clock, type NewId } from '@retort/kernel';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { audit } from '../access/audit.ts';
import { apiKeys, type ApiKeys } from '../access/keys.ts';
import { isLoopback, keyless } from '../access/keyless.ts';
import { limits } from '../access/limits.ts';
import { tenantRemovalLoop } from '../access/remove-tenants.ts';
import { apiKeyRoutes } from '../access/routes.ts';
import { tenantRoutes } from '../access/tenant-routes.ts';
import { tenants as tenantRegistry, type Tenants } from '../access/tenants.ts';
import { newToken, parseToken } from '../access/token.ts';
import { serviceClient, type ServiceClientOptions } from '../client/service-client.ts';
import { computeThreads } from '../compute/compute.ts';
import { parseConfig, type Environment } from '../config/parse-config.ts';
import { schemaOf } from '../define-service.ts';
import { urlOf } from '../http/address.ts';
import { healthRoutes } from '../http/health.ts';
import { hostMetrics } from '../http/metrics.ts';
import { describeApi } from '../http/openapi.ts';
import { createServer } from '../http/server.ts';
import { trackConnections } from '../http/connections.ts';
import { createLogger } from '../log.ts';
import { rebuildService } from '../rebuild/service.ts';
import type { InProcess, Routes, ServiceContext, ServiceDefinition } from '../types.ts';
import { closeServer, withinOr } from './closing.ts';
import { baseUrlOf, type Infrastructure } from './infrastructure.ts';
import { operatorMetrics } from './operator-metrics.ts';
import { migrateAll } from './migrate-all.ts';
import { mountService } from './mount.ts';
import type { Hosted } from './hosted.ts';
import { startWork } from './work.ts';

export interface HostOptions {
  services: readonly ServiceDefinition[];
  /** Stays open when the host closes: whoever opened it closes it. */
  infrastructure: Infrastructure;
  /** Port 0 takes a free one; the infrastructure's configuration when absent. */
  listen?: { host: string; port: number };
  /** Where the services' settings are read from; `process.env` when absent. */
  env?: Environment;
  /** Service → setting → value: instead of the environment. */
  settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  log?: Logger;
  clock?: Clock;
  newId?: NewId;
  /** Just before the door opens: whoever holds its port lets go. */
  beforeListening?: () => Promise<void>;
}

export interface Host {
  url: string;
  keys: ApiKeys;
  tenants: Tenants;
  /** Readiness drops; after a short delay no connection is accepted; requests in flight end, then consumers and loops, then the
   *  services close what is theirs. */
  close(): Promise<void>;
}

/** Runs one or many services in this process behind one HTTP server: an agent has one base URL, whatever the number of
 *  processes. Migrations come first, then the services are built, the server listens, and the work begins.
 *  @throws `config.invalid`, the faults of a migration, whatever a service's `build` throws; then nothing is left open */
export async function hostServices(options: HostOptions): Promise<Host> {
  const { services, infrastructure, clock = systemClock, newId = randomId } = options;
  const { config } = infrastructure;
  const log = options.log ?? createLogger({ level: config.logLevel });
  const configurations = readSettings(options);
  await migrateAll(infrastructure, services);

  const serviceKey = (config.serviceKey === undefined ? null : parseToken(config.serviceKey)) ?? newToken();
  const record = { database: infrastructure.database('access'), events: infrastructure.events, clock, newId };
  const keys = apiKeys({ ...record, serviceKey });
  const tenants = tenantRegistry(record);
  const metrics = hostMetrics();
  const compute = computeThreads(config.computeThreads === undefined ? {} : { threads: config.computeThreads });
  let url: string | null = null;
  const answeredHere = new Map<string, InProcess['answer']>();
  const clients: ReturnType<typeof serviceClient>[] = [];
  /** Connections of one service's own: calls that wait for calls of another must not hold those which these need. */
  const clientOfService = () => {
    const client = serviceClient(calls);
    clients.push(client);
    return client;
  };
  const calls: ServiceClientOptions = {
    key: serviceKey.text,
    inProcess: ({ id }) => answeredHere.get(id),
    baseUrlOf: (path) => {
      if (url === null) throw new Error('services call one another once the host listens, not while they are built');
      return baseUrlOf(config, path, url);
    },
  };
  const listen = options.listen ?? { host: config.host, port: config.port };
  const admission = {
    keys,
    keyless: isLoopback(listen.host) ? keyless(record.database) : undefined,
    limits: limits({
      clock,
      requestsPerSecond: config.keyRequestsPerSecond ?? null,
      refusedKeys: { atOnce: config.refusedKeysPerAddress, perSecond: 1 },
    }),
    now: () => clock().getTime(),
  };
  const { bodyLimit, trustedProxies } = config;
  const { tracing } = infrastructure;
  const app = createServer({
    log,
    access: admission,
    audit: audit(record),
    metrics,
    tracing,
    bodyLimit,
    trustedProxies,
  });
  const connections = trackConnections(app.server);
  const hosted: Hosted[] = [];
  let stopWork: () => Promise<void> = async () => undefined;
  let state: 'starting' | 'ready' | 'draining' = 'starting';

  async function shutDown(): Promise<void> {
    state = 'draining';
    await (url === null ? app.close() : closeServer(app, connections, config));
    await withinOr(stopWork(), config.shutdownTimeoutMs, () => log.error('consumers or loops did not end in time'));
    for (const { name, built } of [...hosted].reverse())
      await built.close?.().catch((error: unknown) => {
        log.error({ service: name, err: error }, 'a service did not close cleanly');
      });
    await compute.close();
    await Promise.all(clients.map((client) => client.close()));
  }

  try {
    describeApi(app, { title: 'Retort', version: '1.0.0' });
    const contextOf = (name: string): ServiceContext<unknown> => ({
      name,
      config: configurations.get(name),
      log: log.child({ service: name }),
      db: infrastructure.database(schemaOf(name)),
      events: infrastructure.events,
      storedEvents: infrastructure.storedEvents,
      bus: infrastructure.bus,
      artifacts: infrastructure.artifacts,
      folder: resolve(config.spoolFolder ?? join(config.dataFolder, 'spool'), name),
      privacy: infrastructure.privacy,
      http: clientOfService(),
      compute,
      metrics: metrics.of(name),
      tracing,
      clock,
      newId,
    });
    for (const definition of services) {
      const context = contextOf(definition.name);
      const built = await definition.build(context);
      for (const { endpoint, answer } of built.inProcess ?? []) answeredHere.set(endpoint.id, answer);
      hosted.push({ name: definition.name, context, built, checks: {} });
    }
    const rebuilds = await rebuildService(contextOf(access), hosted.map(rebuildable));
    const routes = async (scope: Routes) => {
      apiKeyRoutes(scope, keys);
      tenantRoutes(scope, { keys, tenants });
      await rebuilds.routes?.(scope);
    };
    const removal = tenantRemovalLoop({
      schemas: () => new Map(hosted.map(({ name, context }) => [schemaOf(name), context.db])),
      deleted: tenants.deleted,
      clock,
      log,
    });
    const built = { ...rebuilds, routes, loops: [...(rebuilds.loops ?? []), removal] };
    hosted.push({ name: access, context: contextOf(access), built, checks: {} });
    for (const { name, context, built } of hosted)
      await mountService(app, { name, log: context.log, routes: built.routes });
    await operatorMetrics(metrics.of('host'), {
      dataFolder: config.dataFolder,
      pools: () => new Map(hosted.map(({ name, context }) => [schemaOf(name), context.db])),
    });
    healthRoutes(app, {
      metrics,
      unavailable: () => (state === 'ready' ? null : state),
      checks: () => ({
        infrastructure: neededChecks(services, infrastructure),
        ...Object.fromEntries(hosted.map(({ name, checks }) => [name, checks])),
      }),
    });
    await options.beforeListening?.();
    await app.listen(listen);
    url = urlOf(app);
    stopWork = await startWork(hosted, infrastructure);
    state = 'ready';
    log.info({ url, services: services.map(({ name }) => name) }, 'listening');
  } catch (error) {
    await shutDown();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return { url, keys, tenants, close: () => (closing ??= shutDown()) };
}

/** The schema and the name of what every host answers itself. */
const access = 'access';

function rebuildable({ name, context, built }: Hosted) {
  const { readModels = [], logFolds = [], evidence = [] } = built;
  return { name, schema: schemaOf(name), database: context.db, readModels, logFolds, evidence };
}

/** What at least one of the services cannot do without. */
function neededChecks(services: readonly ServiceDefinition[], { database, events, bus }: Infrastructure) {
  const needed = new Set(services.flatMap(({ needs = ['database', 'events', 'bus'] }) => needs));
  return {
    ...(needed.has('database') && { database: async () => void (await database('access').query('select 1')) }),
    ...(needed.has('events') && { event_store: () => events.ping() }),
    ...(needed.has('bus') && { bus: () => bus.ping() }),
  };
}

function readSettings({ services, env = process.env, settings = {} }: HostOptions): Map<string, unknown> {
  return new Map(
    services.map((service) => [
      service.name,
      parseConfig(service.config, { service: service.name, env, settings: settings[service.name] ?? {} }),
    ]),
  );
}
