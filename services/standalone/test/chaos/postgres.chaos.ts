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
  folder = await temporaryFolder('chaos-postgres');
  postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres` });
  platform = await startPlatformProcess({
    RETORT_DATABASE_URL: postgres.url(),
    RETORT_DATA_FOLDER: `${folder.path}/data`,
  });
});
afterAll(async () => {
  await platform.stop();
  await postgres.stop();
  await folder.remove();
});

const ready = async () => (await fetch(`${platform.url}/readyz`)).ok;

describe(`kill -9 of Postgres, ${rounds} times under load`, () => {
  it('loses no acknowledged decision; callers are told 503 meanwhile, and it recovers by itself', async () => {
    const moment = moments('Postgres');
    const load = startLoad(() => platform);
    for (let round = 0; round < rounds; round++) {
      const before = load.acknowledged();
      await until('decisions are acknowledged', () => load.acknowledged() > before + 50, 120_000);
      await moment();
      const { pid } = postgres;
      process.kill(pid, 'SIGKILL');
      await until('the server to be started again', () => postgres.pid !== pid, 120_000);
    }
    const after = load.acknowledged();
    await until('it to recover', () => load.acknowledged() > after + 50, 120_000);
    const written = await load.stop();
    await until('it to be ready', ready, 120_000);
    expect(platform.alive()).toBe(true);
    const unexpected = [...load.statuses.keys()].filter((status) => ![200, 201, 202, 207, 503].includes(status));
    expect(unexpected).toEqual([]);
    await verify(platform, { inTheLog: () => inPostgres(postgres.url()), written });
    process.stdout.write(`chaos, Postgres: ${load.acknowledged()} decisions, each there once\n`);
  });
});
