import { fault, type JsonValue } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { defineAgent, nextDue, runAgent, type Run, type RunUpdate } from '../src/index.ts';

interface Seen {
  decisions: number;
}
const acts: string[] = [];
const curator = (act: () => Promise<JsonValue> = async () => ({ rows: 12 })) =>
  defineAgent<Seen, { curate: number }>({
    name: 'curator',
    perceive: async () => ({ decisions: 120 }),
    decide: ({ decisions }) =>
      decisions >= 100
        ? { decision: { curate: decisions }, why: `${decisions} new decisions, 100 are enough` }
        : { decision: null, why: `${decisions} new decisions, 100 are needed` },
    act: async () => {
      acts.push('acted');
      return act();
    },
  });

const run = {
  id: 'r1',
  tenant: 'acme',
  trace: { correlationId: 'c', causationId: null },
  signal: new AbortController().signal,
  startedAt: new Date(0),
  fencingToken: 1n,
  progress: () => undefined,
} as unknown as Run;

async function recorded(
  agent: ReturnType<typeof curator>,
  given: Run = run,
  onUpdate: (update: RunUpdate) => void = () => undefined,
) {
  const updates: RunUpdate[] = [];
  const outcome = await runAgent(agent, given, {
    clock: () => new Date(0),
    journal: async (update) => {
      updates.push(update);
      onUpdate(update);
    },
  });
  return { outcome, record: Object.assign({}, ...updates) as RunUpdate };
}

describe('an agent', () => {
  it('decides from what it saw and nothing else', () => {
    expect(curator().decide({ decisions: 99 })).toEqual({ decision: null, why: '99 new decisions, 100 are needed' });
    expect(curator().decide({ decisions: 100 }).decision).toEqual({ curate: 100 });
  });

  it('writes down what it saw, what it decided and why, and what came of it', async () => {
    const { record } = await recorded(curator());
    expect(record).toMatchObject({
      state: 'succeeded',
      perception: { decisions: 120 },
      decision: { curate: 120 },
      why: '120 new decisions, 100 are enough',
      outcome: { rows: 12 },
    });
  });

  it('does nothing when there is nothing to do, and says why', async () => {
    acts.length = 0;
    const idle = { ...curator(), perceive: async () => ({ decisions: 3 }) };
    const { record, outcome } = await recorded(idle);
    expect(outcome).toEqual({ state: 'nothing-to-do' });
    expect(record).toMatchObject({ state: 'nothing-to-do', why: '3 new decisions, 100 are needed' });
    expect(acts).toEqual([]);
  });

  it('records a failure by its code, and an unexpected one without its message', async () => {
    const known = fault('http.unreachable', { public: 'Later.' });
    const failed = await recorded(curator(() => Promise.reject(known)));
    expect(failed.record).toMatchObject({ state: 'failed', error: { code: 'http.unreachable', message: 'Later.' } });
    const unexpected = await recorded(curator(() => Promise.reject(new TypeError('secret'))));
    expect(unexpected.record.error).toEqual({ code: 'agent.unexpected', message: 'TypeError' });
  });

  it('does not act once its lease is gone', async () => {
    acts.length = 0;
    const { outcome } = await recorded(curator(), { ...run, signal: AbortSignal.abort(new Error('lost')) });
    expect(outcome.state).toBe('failed');
    expect(acts).toEqual([]);
  });

  it('does not act either when its lease goes while its decision is written down', async () => {
    acts.length = 0;
    const lost = new AbortController();
    const { outcome } = await recorded(curator(), { ...run, signal: lost.signal }, ({ why }) => {
      if (why !== undefined) lost.abort(new Error('lost'));
    });
    expect(outcome.state).toBe('failed');
    expect(acts).toEqual([]);
  });
});

describe('a schedule', () => {
  it('is due one period after the last time, or at its hour in UTC', () => {
    const last = new Date('2026-03-01T02:30:00Z');
    expect(nextDue({ everyMs: 60_000 }, last)).toEqual(new Date('2026-03-01T02:31:00Z'));
    expect(nextDue({ dailyAtUtc: '03:00' }, last)).toEqual(new Date('2026-03-01T03:00:00Z'));
    expect(nextDue({ dailyAtUtc: '02:30' }, last)).toEqual(new Date('2026-03-02T02:30:00Z'));
  });
});
