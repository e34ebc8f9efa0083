import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isFault, newId } from '@retort/kernel';
import { startEmbeddedPostgres } from '@retort/postgres';
import { connectInfrastructure, hostServices, type Infrastructure } from '@retort/service-kit';
import type { Logger } from 'pino';
import type { StandaloneConfig } from './config.ts';
import { folderKey } from './folder-key.ts';
import { services } from './services.ts';

const longestPauseMs = 5_000;

export interface Platform {
  url: string;
  /** The tenant's first key, shown at the first start and never again. */
  firstKey: string | null;
  /** The key of all scopes for whoever may read the data folder: one for the folder, made when it is first asked for. */
  folderKey(): Promise<string>;
  close(): Promise<void>;
}

/** Starts a database unless one is given, connects to it, hosts every service. What was started is closed again when
 *  a later step fails. */
export async function startPlatform(config: StandaloneConfig, log: Logger): Promise<Platform> {
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    await ownFolder(config.dataFolder);
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
    // A key is handed out by a platform that can take what comes with it.
    await untilItAnswers(infrastructure.events);
    await host.tenants.handle({ type: 'adopt', tenant }, { correlationId: newId(), causationId: null });
    const first = await host.keys.bootstrap(tenant);
    await tellWhere(config.dataFolder, host.url);
    return {
      url: host.url,
      firstKey: first?.secret ?? null,
      folderKey: () => folderKey(host.keys, { folder: config.dataFolder, tenant }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whoever may read the data folder finds the platform that runs on it. What a platform that was killed has left, nobody
 *  answers at. */
async function tellWhere(folder: string, url: string): Promise<void> {
  await writeFile(join(folder, 'platform.url'), `${url}\n`, { mode: 0o600 });
}

/** Waits for the event store; what is wrong with it is in the log. */
async function untilItAnswers(events: Infrastructure['events']): Promise<void> {
  for (let pauseMs = 100; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      await events.ping();
      return;
    } catch (error) {
      if (!isFault(error)) throw error;
      await delay(pauseMs);
    }
  }
}

/** Decisions, artifacts and keys lie in it: nobody else on the machine looks in. */
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

async function ownDatabase(config: StandaloneConfig, log: Logger, opened: (() => Promise<void>)[]): Promise<string> {
  const server = await startEmbeddedPostgres({
    folder: join(config.dataFolder, 'postgres'),
    onLog: (line) => log.debug({ postgres: line }, 'postgres'),
  });
  opened.push(() => server.stop());
  return server.url();
}
