import { listDecisions, listProjections, projectionRebuilds, verifyAuditEvents } from '@retort/contracts';
import { connectDatabase } from '@retort/postgres';
import { testClient, type TestClient } from '@retort/service-testing';
import { expect } from 'vitest';
import { idOf, type Target } from './load.ts';

const patienceMs = 180_000;

/** What must hold after everything that happened: each acknowledged decision is in the log once, every agent's in its
 *  order, in the read model the same, and the read model is what a rebuild makes of the log. */
export async function verify(
  { url, apiKey }: Target,
  { inTheLog, written }: { inTheLog: () => Promise<Record<string, string[]>>; written: ReadonlyMap<string, number> },
): Promise<void> {
  const client = testClient({ url, keyOf: async () => apiKey });
  const total = [...written.values()].reduce((sum, count) => sum + count, 0);
  const expected = Object.fromEntries(
    [...written].map(([agent, count]) => [agent, Array.from({ length: count }, (_, number) => idOf(agent, number))]),
  );
  expect(await inTheLog()).toEqual(expected);
  await expect.poll(() => readersBehind(client), { timeout: patienceMs }).toEqual([]);
  expect(await inTheReadModel(client)).toEqual(expected);
  expect(await client.read(verifyAuditEvents)).toMatchObject({ intact: true });
  const rebuilt = await client.run(projectionRebuilds, {});
  expect(rebuilt).toMatchObject({ state: 'succeeded', healed: false, error: null });
  expect(rebuilt.checksums!.find(({ table }) => table === 'decisions')).toMatchObject({ rows: total, equal: true });
}

/** The log of the event store in Postgres. */
export async function inPostgres(databaseUrl: string): Promise<Record<string, string[]>> {
  const database = connectDatabase({ url: databaseUrl, schema: 'event_store', max: 1 });
  try {
    const { rows } = await database.query<{ agent: string; id: string }>(
      `select aggregate_id as agent, data->>'id' as id from events where type = 'AGENT_TOOL_SELECTED'
       order by transaction_id, ordinal`,
    );
    return byAgent(rows);
  } finally {
    await database.close();
  }
}

async function readersBehind({ read }: TestClient): Promise<string[]> {
  // The server closes a connection that was idle for long, now and then just as it is used again. One that is gone
  // answers neither time.
  const { data } = await read(listProjections).catch(() => read(listProjections));
  return data.filter((reader) => !reader.caught_up).map(({ name }) => name);
}

async function inTheReadModel({ lines }: TestClient): Promise<Record<string, string[]>> {
  const rows = await lines(listDecisions, { query: { toolsets: 'reference' } });
  return byAgent(rows.map(({ agent_id, id }) => ({ agent: agent_id, id })));
}

export function byAgent(decisions: readonly { agent: string; id: string }[]): Record<string, string[]> {
  const ids: Record<string, string[]> = {};
  for (const { agent, id } of decisions) (ids[agent] ??= []).push(id);
  return ids;
}
