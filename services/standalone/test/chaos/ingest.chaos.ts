import { startEmbeddedPostgres, type EmbeddedPostgres } from '@retort/postgres';
import { temporaryFolder, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad } from './load.ts';
import { startPlatformProcess, type PlatformProcess } from './platform-process.ts';
import { moments, rounds } from './rounds.ts';
import { inPostgres, verify } from './verify.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let postgres: EmbeddedPostgres;
let platform: PlatformProcess;

beforeAll(async () => {
  folder = await temporaryFolder('chaos-ingest');
  postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres` });
  platform = await start();
});
afterAll(async () => {
  await platform.stop();
  await postgres.stop();
  await folder.remove();
});

const start = () =>
  startPlatformProcess({ RETORT_DATABASE_URL: postgres.url(), RETORT_DATA_FOLDER: `${folder.path}/data` });

describe(`kill -9 of the ingesting process, ${rounds} times under load`, () => {
  it('loses no acknowledged decision, records none twice, and keeps every agent’s order', async () => {
    const moment = moments('ingesting process');
    const load = startLoad(() => platform);
    for (let round = 0; round < rounds; round++) {
      const before = load.acknowledged();
      await until('decisions are acknowledged', () => load.acknowledged() > before + 50, 120_000);
      await moment();
      await platform.kill();
      platform = await start();
    }
    const written = await load.stop();
    expect(load.acknowledged()).toBeGreaterThan(50 * rounds);
    await verify(platform, { inTheLog: () => inPostgres(postgres.url()), written });
    process.stdout.write(`chaos, ingesting process: ${load.acknowledged()} decisions, each there once\n`);
  });
});
