import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listApiKeys } from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { temporaryFolder, testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform } from '../src/platform.ts';

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('data-folder');
});
afterAll(async () => {
  await database.drop();
  await folder.remove();
});

const start = () => {
  const config = { databaseUrl: database.url, dataFolder: folder.path, port: 0, drainDelayMs: 0 };
  return startPlatform(standaloneConfig.parse(config), createLogger({ level: 'silent' }));
};
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the data folder', () => {
  it('is its owner’s alone, and has one key, the same at every start', async () => {
    await chmod(folder.path, 0o755);
    const first = await start();
    const key = await first.folderKey();
    await first.close();
    const path = join(folder.path, 'start.key');
    expect([await modeOf(folder.path), await modeOf(path)]).toEqual(['700', '600']);

    const second = await start();
    expect(await second.folderKey()).toBe(key);
    const keys = await fetch(`${second.url}${listApiKeys.path}`, { headers: { authorization: `Bearer ${key}` } });
    expect(((await keys.json()) as { data: unknown[] }).data).toHaveLength(2);

    await writeFile(path, 'rt_aaaaaaaaaaaa_damaged');
    const fresh = await second.folderKey();
    expect(fresh).not.toBe(key);
    expect((await readFile(path, 'utf8')).trim()).toBe(fresh);
    await second.close();
  });
});
