import { join } from 'node:path';
import { scopes } from '@retort/contracts';
import { newId } from '@retort/kernel';
import { startEmbeddedPostgres } from '@retort/postgres';
import { connectInfrastructure, hostServices, type Host } from '@retort/service-kit';
import type { Logger } from 'pino';
import type { StandaloneConfig } from './config.ts';
import { services } from './services.ts';

export interface Platform {
  url: string;
  /** The tenant's first key, shown at the first start and never again. */
  firstKey: string | null;
  /** A key of all scopes for whoever started the platform; it expires after a day. */
  sessionKey(): Promise<string>;
  close(): Promise<void>;
}

const sessionKeyMs = 24 * 60 * 60 * 1000;

/** Starts a database unless one is given, connects to it, hosts every service. What was started is closed again when
 *  a later step fails. */
export async function startPlatform(config: StandaloneConfig, log: Logger): Promise<Platform> {
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    const infrastructure = await connectInfrastructure(
      { ...config, databaseUrl: config.databaseUrl ?? (await ownDatabase(config, log, opened)) },
      log,
    );
    opened.push(() => infrastructure.close());
    const host = await hostServices({
      services,
      infrastructure,
      listen: { host: config.host, port: config.port },
      log,
    });
    opened.push(() => host.close());
    const { tenant } = config;
    await host.tenants.handle({ type: 'adopt', tenant }, { correlationId: newId(), causationId: null });
    const first = await host.keys.bootstrap(tenant);
    return { url: host.url, firstKey: first?.secret ?? null, sessionKey: () => sessionKey(host, tenant), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ownDatabase(config: StandaloneConfig, log: Logger, opened: (() => Promise<void>)[]): Promise<string> {
  const server = await startEmbeddedPostgres({
    folder: join(config.dataFolder, 'postgres'),
    onLog: (line) => log.debug({ postgres: line }, 'postgres'),
  });
  opened.push(() => server.stop());
  return server.url();
}

async function sessionKey(host: Host, tenant: string): Promise<string> {
  const { secret } = await host.keys.create({
    tenant,
    name: 'session of the one who started the platform',
    scopes: [...scopes],
    expiresAt: new Date(Date.now() + sessionKeyMs),
  });
  return secret;
}
