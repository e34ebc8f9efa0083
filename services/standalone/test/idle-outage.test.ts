import { getDecision, recordDecision } from '@retort/contracts';
import { connectDatabase, startEmbeddedPostgres, type Database, type EmbeddedPostgres } from '@retort/postgres';
import { createLogger } from '@retort/service-kit';
import { testClient } from '@retort/service-testing';
import { temporaryFolder, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { caughtUp } from './harness.ts';

vi.setConfig({ testTimeout: 600_000 });
const patienceMs = 120_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let postgres: EmbeddedPostgres;
let platform: Platform;
let database: Database;
beforeAll(async () => {
  folder = await temporaryFolder('idle-outage');
  postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres`, ephemeral: true });
  platform = await startPlatform(
    standaloneConfig.parse({
      databaseUrl: postgres.url(),
      dataFolder: folder.path,
      port: 0,
      logLevel: 'silent',
      drainDelayMs: 0,
    }),
    createLogger({ level: 'silent' }),
  );
  database = connectDatabase({ url: postgres.url(), max: 2 });
}, 180_000);
afterAll(async () => {
  await database.close();
  await platform.close();
  await postgres.stop();
  await folder.remove();
});

interface Signs {
  /** Agents whose lease is held now. */
  leading: string[];
  /** Consumer groups with a live member. */
  consuming: string[];
  /** Connections that wait to be told of something new. */
  listening: number;
}

/** What every loop leaves in the database for as long as it runs. */
async function signsOfLife(): Promise<Signs> {
  const leading = await leaders();
  const consuming = await database.query<{ group: string }>(
    'select distinct "group" from event_bus.members where expires_at > now() order by "group"',
  );
  const listening = await database.query(`select from pg_stat_activity where query like 'listen %'`);
  return {
    leading,
    consuming: consuming.rows.map(({ group }) => group),
    listening: listening.rowCount,
  };
}

/** None while no agent has come so far as to make its table. */
async function leaders(): Promise<string[]> {
  const held = (await leaseTables()).map((table) => `select agent from ${table} where expires_at > now()`);
  if (held.length === 0) return [];
  const { rows } = await database.query<{ agent: string }>(`${held.join(' union all ')} order by agent`);
  return rows.map(({ agent }) => agent);
}

async function leaseTables(): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select quote_ident(table_schema) || '.agent_leases' as name
     from information_schema.tables where table_name = 'agent_leases'`,
  );
  return rows.map(({ name }) => name);
}

/** What was signed before the outage proves nothing. */
async function expireAll(): Promise<true> {
  for (const table of [...(await leaseTables()), 'event_bus.members'])
    await database.query(`update ${table} set expires_at = '-infinity'`);
  return true;
}

const ready = async () => (await fetch(`${platform.url}/readyz`)).ok;

describe('a platform that nobody asks anything', () => {
  it('comes back whole when its database was killed and is there again', async () => {
    await until('it to be up', ready, patienceMs);
    const alive = await until('all to be at work', async () => {
      const signs = await signsOfLife();
      return signs.leading.length >= 4 && signs.consuming.length >= 6 && signs.listening >= 2 && signs;
    });
    const { pid } = postgres;
    process.kill(pid, 'SIGKILL');
    await until('the server to be started again', () => postgres.pid !== pid, patienceMs);
    await until('the database to answer', () => expireAll().catch(() => false), patienceMs);
    await expect.poll(signsOfLife, { timeout: patienceMs }).toEqual(alive);
    await until('it to be ready', ready, patienceMs);

    const client = testClient({ url: platform.url, keyOf: () => platform.folderKey() });
    const body = { id: 'after', agent_id: 'loan', context: {}, tools_available: [], tool_selected: null };
    expect(await client.read(recordDecision, { body })).toMatchObject({ id: 'after', status: 'recorded' });
    await caughtUp(client);
    expect((await client.read(getDecision, { params: { id: 'after' } })).id).toBe('after');
  });
});
