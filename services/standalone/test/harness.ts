import { listProjections } from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { testClient, type TestClient } from '@retort/service-testing';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform } from '../src/platform.ts';

interface Prepared {
  database: TestDatabase;
  /** Path of the data folder. */
  folder: string;
}

/** Every service in this process, on a database and a data folder of its own. `prepare` fills them before the start. */
export async function startTestPlatform(
  name: string,
  prepare: (prepared: Prepared) => Promise<void> = async () => undefined,
  settings: object = {},
) {
  const database = await testDatabase();
  const folder = await temporaryFolder(name);
  const config = standaloneConfig.parse({
    databaseUrl: database.url,
    dataFolder: folder.path,
    port: 0,
    logLevel: 'silent',
    drainDelayMs: 0,
    ...settings,
  });
  const start = () => startPlatform(config, createLogger({ level: 'silent' }));
  await prepare({ database, folder: folder.path });
  let platform = await start();
  const client = testClient({
    get url() {
      return platform.url;
    },
    keyOf: () => platform.folderKey(),
  });
  return {
    ...client,
    database,
    folder: folder.path,
    url: () => platform.url,
    stop: () => platform.close(),
    /** After `stop`, on the same database and folder. */
    async startAgain(): Promise<void> {
      platform = await start();
    },
    async close(): Promise<void> {
      await platform.close();
      await database.drop();
      await folder.remove();
    },
  };
}
export type TestPlatform = Awaited<ReturnType<typeof startTestPlatform>>;

/** Waits until every reader has the whole log. */
export function caughtUp({ read }: Pick<TestClient, 'read'>): Promise<true> {
  return until('the readers of the log to catch up', async () =>
    (await read(listProjections)).data.every(({ caught_up }) => caught_up),
  );
}
