import type { JsonValue } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '@retort/service-kit';
import { defineAgent, type AgentRun } from '../src/index.ts';
import { runAgent } from '../src/run-agent.ts';

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
} as unknown as AgentRun;

async function recorded(
  agent: ReturnType<typeof curator>,
  given: AgentRun = run,
  onRecord: (part: RunRecord) => void = () => undefined,
) {
  const record: RunRecord = {};
  const result = runAgent(agent, given, {
    clock: () => new Date(0),
    record: async (part) => {
      Object.assign(record, part);
      onRecord(part);
    },
  });
  return { record, result: await result };
}

describe('an agent', () => {
  it('decides from what it saw and nothing else', () => {
    expect(curator().decide({ decisions: 99 })).toEqual({ decision: null, why: '99 new decisions, 100 are needed' });
    expect(curator().decide({ decisions: 100 }).decision).toEqual({ curate: 100 });
  });

  it('writes down what it saw, what it decided and why, and what came of it', async () => {
    const { record, result } = await recorded(curator());
    expect(record).toMatchObject({
      perception: { decisions: 120 },
      decision: { curate: 120 },
      why: '120 new decisions, 100 are enough',
    });
    expect(result).toEqual({ outcome: { rows: 12 } });
  });

  it('does nothing when there is nothing to do, and says why', async () => {
    acts.length = 0;
    const idle = { ...curator(), perceive: async () => ({ decisions: 3 }) };
    const { record, result } = await recorded(idle);
    expect(result).toEqual({});
    expect(record).toMatchObject({ decision: null, why: '3 new decisions, 100 are needed' });
    expect(acts).toEqual([]);
  });

  it('does not act once its lease is gone', async () => {
    acts.length = 0;
    const lost = { ...run, signal: AbortSignal.abort(new Error('lost')) };
    await expect(recorded(curator(), lost)).rejects.toThrow('lost');
    expect(acts).toEqual([]);
  });

  it('does not act either when its lease goes while its decision is written down', async () => {
    acts.length = 0;
    const lost = new AbortController();
    const given = { ...run, signal: lost.signal };
    const losing = recorded(curator(), given, ({ why }) => {
      if (why !== undefined) lost.abort(new Error('lost'));
    });
    await expect(losing).rejects.toThrow('lost');
    expect(acts).toEqual([]);
  });

  it('does not act when its decision could not be put on the record', async () => {
    acts.length = 0;
    const refused = recorded(curator(), run, ({ why }) => {
      if (why !== undefined) throw new Error('another process took this run over');
    });
    await expect(refused).rejects.toThrow('took this run over');
    expect(acts).toEqual([]);
  });
});
