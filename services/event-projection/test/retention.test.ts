import { getDecision, getDecisionHistory, listAuditEvents, listDecisions, projectionRebuilds } from '@retort/contracts';
import { newId } from '@retort/kernel';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresExpiring } from '../src/adapters/postgres-expiring.ts';
import { decisionsFold } from '../src/adapters/tables.ts';
import { expireDecisions } from '../src/app/expire-decisions.ts';
import { decided, registered, reported, startProjection, type StartedProjection } from './host.ts';

let platform: StartedProjection;
const going = new AbortController().signal;

/** What the loop does, so many days from now, a few rows at a time. */
function expire({ days, inDays, atOnce = 2 }: { days: number; inDays: number; atOnce?: number }) {
  const { events, database } = platform.infrastructure;
  const rows = database('event_projection');
  const find = postgresExpiring(rows);
  const clock = () => new Date(Date.now() + inDays * 86_400_000);
  return expireDecisions(
    {
      context: { events, clock, newId },
      days,
      alone: (work) => work(),
      find: (recordedBefore) => find(recordedBefore, atOnce),
      position: async () => (await decisionsFold(rows).position()) as never,
    },
    going,
  );
}
const listed = async (tenant = 'acme') =>
  (await platform.call(listDecisions, { tenant })).body.data.map(({ id }) => id);

beforeAll(async () => {
  platform = await startProjection();
  await platform.record(registered(), ...['d-1', 'd-2', 'd-3', 'd-4', 'd-5'].map((id) => decided(id)));
  await platform.record(reported('d-1', { success: true }), decided('theirs', {}, { tenant: 'globex' }));
});
afterAll(() => platform.close());

describe('decisions that are kept for a number of days', () => {
  it('stay until then', async () => {
    expect(await expire({ days: 30, inDays: 29 })).toBe(0);
    expect(await listed()).toHaveLength(5);
  });

  it('go afterwards, a few at a time, with their outcomes, on record, and no rebuild brings them back', async () => {
    expect(await expire({ days: 30, inDays: 31 })).toBe(6);
    expect([await listed(), await listed('globex')]).toEqual([[], []]);
    expect((await platform.call(getDecision, { params: { id: 'd-1' } })).status).toBe(404);
    expect((await platform.call(getDecisionHistory, { params: { id: 'd-1' } })).status).toBe(404);
    const record = await platform.call(listAuditEvents, { query: { event_type: 'ROWS_EXPIRED' } });
    expect(record.body.data.map(({ data }) => (data as { rows: number }).rows)).toEqual([2, 2, 1]);
    expect(await expire({ days: 30, inDays: 31 })).toBe(0);

    const accepted = await platform.call(projectionRebuilds.create);
    const rebuilt = await platform.ended(projectionRebuilds, accepted.body);
    expect(rebuilt).toMatchObject({ state: 'succeeded', healed: false });
    expect(await listed()).toEqual([]);
  });

  it('do not take those with them that are recorded later', async () => {
    await platform.record(reported('d-2', { success: false }), decided('later'));
    await until('it is there', async () => (await listed()).length === 1);
    expect(await listed()).toEqual(['later']);
    // What is reported of one that is gone shows nowhere once others expire.
    expect(await expire({ days: 30, inDays: 31 })).toBe(1);
    expect((await platform.call(getDecisionHistory, { params: { id: 'd-2' } })).status).toBe(404);
  });

  it('are looked for by the platform itself where the policy says so', async () => {
    const kept = await startProjection({ infrastructure: { privacy: { retention: { agent_decision_history: 1 } } } });
    try {
      await kept.record(decided('young'));
      expect((await kept.call(listDecisions)).body.data).toHaveLength(1);
      const metrics = await (await kept.send('/metrics')).text();
      expect(metrics).toContain('retort_projection_expired_rows_total');
    } finally {
      await kept.close();
    }
  });
});
