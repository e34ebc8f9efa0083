import { eventCatalog, scopes, type EventType } from '@retort/contracts';
import { toBusMessage } from '@retort/event-bus';
import type { RecordedEvent } from '@retort/event-store';
import { newId, systemClock, type Clock } from '@retort/kernel';
import {
  connectInfrastructure,
  createLogger,
  hostServices,
  infrastructureConfig,
  recordEvent,
  type EventToRecord,
  type Host,
  type ServiceDefinition,
} from '@retort/service-kit';
import { temporaryFolder, testDatabase, type TestDatabase } from '@retort/testing';
import { testClient } from './client.ts';
import { stubbedServices, type Stub } from './stubs.ts';

export interface StartOptions {
  /** The endpoints of other services that it calls. */
  stubs?: readonly Stub[];
  /** The service's own settings. */
  settings?: Readonly<Record<string, unknown>>;
  clock?: Clock;
  /** Settings of the platform: another event store, another data folder, what is redacted. */
  infrastructure?: Readonly<Record<string, unknown>>;
  log?: ReturnType<typeof createLogger>;
  /** One that stays when the service is closed, instead of its own. */
  database?: TestDatabase;
}

/** A service behind the real host, on a database and a folder of its own, with the endpoints it calls stubbed. */
export async function startService(service: ServiceDefinition, options: StartOptions = {}) {
  const { stubs = [], settings = {}, clock = systemClock, database: given } = options;
  const { log = createLogger({ level: 'silent' }) } = options;
  const database = given ?? (await testDatabase());
  const folder = await temporaryFolder(service.name);
  const config = infrastructureConfig.parse({
    databaseUrl: database.url,
    dataFolder: folder.path,
    drainDelayMs: 0,
    ...options.infrastructure,
  });
  const infrastructure = await connectInfrastructure(config, log);
  const close = async () => {
    await infrastructure.close();
    if (!given) await database.drop();
    await folder.remove();
  };
  const start = () =>
    hostServices({
      services: [service, stubbedServices(stubs)],
      infrastructure,
      listen: { host: '127.0.0.1', port: 0 },
      env: {},
      settings: { [service.name]: settings },
      log,
      clock,
    });
  let host = await start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const client = testClient({
    get url() {
      return host.url;
    },
    keyOf: keysOf(() => host),
  });

  async function stream(name: string): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const event of infrastructure.events.readStream(name)) events.push(event);
    return events;
  }

  return {
    ...client,
    get host() {
      return host;
    },
    infrastructure,
    dataFolder: config.dataFolder,
    database,
    /** The events of a stream, the oldest first. */
    stream,
    /** Records an event and publishes it, as the relay does; gives its id. */
    async announce<Type extends EventType>(event: EventToRecord<Type>): Promise<string> {
      const id = await recordEvent({ events: infrastructure.events, clock, newId }, event);
      for await (const recorded of infrastructure.events.readAll({ filter: { types: [event.type] } }))
        if (recorded.id === id)
          await infrastructure.bus.publish([
            toBusMessage(recorded, { topic: eventCatalog[event.type].topic, source: '/test' }),
          ]);
      return id;
    },
    /** Ends the service and starts it again on what it left. */
    async restart(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
      await host.close();
      await meanwhile();
      host = await start();
    },
    async close(): Promise<void> {
      await host.close();
      await close();
    },
  };
}
export type StartedService = Awaited<ReturnType<typeof startService>>;

/** A key a tenant, which carries every scope. */
function keysOf(hosted: () => Host): (tenant: string) => Promise<string> {
  const keys = new Map<string, Promise<string>>();
  const make = (tenant: string) =>
    hosted()
      .keys.create({ tenant, name: 'test', scopes })
      .then(({ secret }) => secret);
  return (tenant) => {
    const known = keys.get(tenant) ?? make(tenant);
    keys.set(tenant, known);
    return known;
  };
}
