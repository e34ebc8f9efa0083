import { productNames } from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { temporaryFolder, testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let key: string;

beforeAll(async () => {
  vi.stubEnv('RETORT_AUTO', 'false');
  database = await testDatabase();
  folder = await temporaryFolder('products');
  platform = await startPlatform(
    standaloneConfig.parse({
      databaseUrl: database.url,
      dataFolder: folder.path,
      port: 0,
      logLevel: 'silent',
      drainDelayMs: 0,
    }),
    createLogger({ level: 'silent' }),
  );
  key = await platform.folderKey();
}, 180_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await database.drop();
  await folder.remove();
});

describe('a data product', () => {
  it.each(productNames)('%s has rows that their owner serves', async (product) => {
    const answer = await fetch(`${platform.url}/api/v1/data-products/${product}/rows?limit=1`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { type, data } = (await answer.json()) as { type?: string; data?: unknown[] };
    // Rows of a version need one; nothing was curated yet.
    expect([answer.status, type?.split(/[/#:]/).at(-1) ?? data]).toEqual(
      product === 'distillation_training_data' ? [404, 'catalog.no-version'] : [200, []],
    );
  });
});
