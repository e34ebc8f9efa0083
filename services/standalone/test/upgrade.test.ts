import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { getDecision, listDatasetRows, listTenants, urlOf, verifyAuditEvents } from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { temporaryFolder, testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';

const fixture = join(import.meta.dirname, 'fixtures/release-0.1.0');
const facts = z
  .object({
    keys: z.object({ first: z.string(), admin: z.string() }),
    events: z.int(),
    head_hash: z.string(),
    last_transaction: z.int(),
    dataset_version: z.string(),
  })
  .parse(JSON.parse(await readFile(join(fixture, 'facts.json'), 'utf8')));

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;

beforeAll(async () => {
  vi.stubEnv('RETORT_AUTO', 'false');
  database = await testDatabase();
  const server = database.connect();
  await server.query(gunzipSync(await readFile(join(fixture, 'database.sql.gz'))).toString());
  await pastTransaction(server, facts.last_transaction);
  folder = await temporaryFolder('upgrade');
  await cp(join(fixture, 'artifacts'), join(folder.path, 'artifacts'), { recursive: true });
  const config = { databaseUrl: database.url, dataFolder: folder.path, port: 0, logLevel: 'silent', drainDelayMs: 0 };
  platform = await startPlatform(standaloneConfig.parse(config), createLogger({ level: 'silent' }));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await database.drop();
  await folder.remove();
});

/** The order of the log is that of transactions: those of another server than the one that wrote it must be later ones. */
async function pastTransaction(server: ReturnType<TestDatabase['connect']>, last: number): Promise<void> {
  const next = async () =>
    Number((await server.query<{ id: bigint }>('select pg_current_xact_id() as id')).rows[0]!.id);
  while ((await next()) <= last);
}

async function ask(path: string, key: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(`${platform.url}${path}`, { ...init, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('the data of release 0.1.0', () => {
  it('are read by this release: the log is what its hash chain says', async () => {
    const { body } = await ask(verifyAuditEvents.path, facts.keys.first);
    expect(body).toMatchObject({ intact: true });
    expect(body['events']).toBeGreaterThanOrEqual(facts.events);
    const { rows } = await database
      .connect()
      .query<{ hash: string }>("select encode(hash, 'hex') as hash from event_projection.chain_blocks order by number");
    expect(rows.map(({ hash }) => hash)).toContain(facts.head_hash);
  });

  it('hold the decisions with their outcomes, and the rows of the data set', async () => {
    const { body } = await ask(urlOf(getDecision, { params: { id: 'd-1' } }), facts.keys.first);
    expect(body).toMatchObject({ agent_id: 'loan', tool_selected: 'get_balance', outcome: { success: true } });
    const url = urlOf(listDatasetRows, { params: { version: facts.dataset_version }, query: { limit: 100 } });
    expect((await ask(url, facts.keys.first)).body['data']).toHaveLength(32);
  });

  it('keep the first key an operator’s, and make no operator of another key of scope admin', async () => {
    const tenants = await ask(listTenants.path, facts.keys.first);
    expect(tenants.body['data']).toMatchObject([{ id: 'default', state: 'active' }]);
    expect((await ask(listTenants.path, facts.keys.admin)).status).toBe(403);
    expect((await ask('/api/v1/api-keys', facts.keys.admin)).status).toBe(200);
  });
});
