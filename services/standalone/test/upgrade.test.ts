import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { getDecision, listApiKeys, listDatasetRows, listTenants, verifyAuditEvents } from '@retort/contracts';
import type { TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { startTestPlatform, type TestPlatform } from './harness.ts';

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

let platform: TestPlatform;

beforeAll(async () => {
  vi.stubEnv('RETORT_AUTO', 'false');
  platform = await startTestPlatform('upgrade', async ({ database, folder }) => {
    const server = database.connect();
    await server.query(gunzipSync(await readFile(join(fixture, 'database.sql.gz'))).toString());
    await pastTransaction(server, facts.last_transaction);
    await cp(join(fixture, 'artifacts'), join(folder, 'artifacts'), { recursive: true });
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
});

/** The order of the log is that of transactions: those of another server than the one that wrote it must be later ones. */
async function pastTransaction(server: ReturnType<TestDatabase['connect']>, last: number): Promise<void> {
  const next = async () =>
    Number((await server.query<{ id: bigint }>('select pg_current_xact_id() as id')).rows[0]!.id);
  while ((await next()) <= last);
}

const by = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

describe('the data of release 0.1.0', () => {
  it('are read by this release: the log is what its hash chain says', async () => {
    const chain = await platform.read(verifyAuditEvents, by(facts.keys.first));
    expect(chain).toMatchObject({ intact: true });
    expect(chain.events).toBeGreaterThanOrEqual(facts.events);
    const { rows } = await platform.database
      .connect()
      .query<{ hash: string }>("select encode(hash, 'hex') as hash from event_projection.chain_blocks order by number");
    expect(rows.map(({ hash }) => hash)).toContain(facts.head_hash);
  });

  it('hold the decisions with their outcomes, and the rows of the data set', async () => {
    const decision = await platform.read(getDecision, { params: { id: 'd-1' }, ...by(facts.keys.first) });
    expect(decision).toMatchObject({ agent_id: 'loan', tool_selected: 'get_balance', outcome: { success: true } });
    const params = { version: facts.dataset_version };
    const rows = await platform.read(listDatasetRows, { params, query: { limit: 100 }, ...by(facts.keys.first) });
    expect(rows.data).toHaveLength(32);
  });

  it('keep the first key an operator’s, and make no operator of another key of scope admin', async () => {
    const tenants = await platform.read(listTenants, by(facts.keys.first));
    expect(tenants.data).toMatchObject([{ id: 'default', state: 'active' }]);
    expect((await platform.call(listTenants, by(facts.keys.admin))).status).toBe(403);
    expect((await platform.call(listApiKeys, by(facts.keys.admin))).status).toBe(200);
  });
});
