import { chainVerification, projectionListView, projectionRebuild } from '@retort/contracts';
import { connectDatabase } from '@retort/postgres';
import { until } from '@retort/testing';
import { expect } from 'vitest';
import type { z } from 'zod';
import { idOf, type Target } from './load.ts';

const patienceMs = 180_000;

/** What must hold after everything that happened: each acknowledged decision is in the log once, every agent's in its
 *  order, in the read model the same, and the read model is what a rebuild makes of the log. */
export async function verify(
  target: Target,
  { databaseUrl, written }: { databaseUrl: string; written: ReadonlyMap<string, number> },
): Promise<void> {
  const total = [...written.values()].reduce((sum, count) => sum + count, 0);
  const expected = Object.fromEntries(
    [...written].map(([agent, count]) => [agent, Array.from({ length: count }, (_, number) => idOf(agent, number))]),
  );
  expect(await inTheLog(databaseUrl)).toEqual(expected);
  await expect.poll(() => readersBehind(target), { timeout: patienceMs }).toEqual([]);
  expect(await inTheReadModel(target)).toEqual(expected);
  expect(await get(target, '/api/v1/audit-events:verify', chainVerification)).toMatchObject({ intact: true });

  const accepted = await fetch(`${target.url}/api/v1/projections/decisions:rebuild`, {
    method: 'POST',
    headers: headersFor(target),
  });
  expect(accepted.status).toBe(202);
  const rebuilt = await until(
    'the rebuild to end',
    async () => {
      const run = await get(target, accepted.headers.get('location')!, projectionRebuild);
      return run.finished_at === null ? null : run;
    },
    patienceMs,
  );
  expect(rebuilt).toMatchObject({ state: 'succeeded', healed: false, error: null });
  expect(rebuilt.checksums!.find(({ table }) => table === 'decisions')).toMatchObject({ rows: total, equal: true });
}

async function inTheLog(databaseUrl: string): Promise<Record<string, string[]>> {
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

async function readersBehind(target: Target): Promise<string[]> {
  const { data } = await get(target, '/api/v1/projections', projectionListView);
  return data.filter((reader) => !reader.caught_up).map(({ name }) => name);
}

async function inTheReadModel(target: Target): Promise<Record<string, string[]>> {
  const response = await fetch(`${target.url}/api/v1/decisions?toolsets=reference`, {
    headers: { ...headersFor(target), accept: 'application/x-ndjson' },
  });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return byAgent(
    lines.map((line) => {
      const { agent_id, id } = JSON.parse(line) as { agent_id: string; id: string };
      return { agent: agent_id, id };
    }),
  );
}

export function byAgent(decisions: readonly { agent: string; id: string }[]): Record<string, string[]> {
  const ids: Record<string, string[]> = {};
  for (const { agent, id } of decisions) (ids[agent] ??= []).push(id);
  return ids;
}

async function get<Schema extends z.ZodType>(target: Target, path: string, schema: Schema): Promise<z.infer<Schema>> {
  const ask = () => fetch(`${target.url}${path}`, { headers: headersFor(target) });
  // The server closes a connection that was idle for long, now and then just as it is used again. One that is gone
  // answers neither time.
  const response = await ask().catch(ask);
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${text}`);
  return schema.parse(JSON.parse(text));
}

function headersFor({ apiKey }: Target) {
  return { authorization: `Bearer ${apiKey}` };
}
