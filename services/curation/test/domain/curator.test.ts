import { describe, expect, it } from 'vitest';
import { decideCuration, decisionsNeeded, type CuratorView } from '../../src/domain/curator.ts';

const policy = { firstDecisions: 100, newDecisions: 100, everyMs: 3_600_000, retryMs: 60_000 };
const now = '2026-01-02T12:00:00.000Z';
const anHourAgo = '2026-01-02T11:00:00.000Z';
const aMomentAgo = '2026-01-02T11:59:30.000Z';
const version = (considered: number, createdAt = aMomentAgo) => ({
  version: 'v1',
  considered,
  conflicts: 0,
  createdAt,
});

function given(seen: Partial<CuratorView>) {
  const view: CuratorView = { asked: null, now, decisions: 0, lastVersion: null, lastRun: null, ...seen };
  return { decision: decideCuration(view, policy).decision, why: decideCuration(view, policy).why };
}

describe('the curator', () => {
  it('curates once enough decisions came since the last version', () => {
    expect(given({ decisions: 99 }).decision).toBeNull();
    expect(given({ decisions: 100 }).decision).toEqual({ action: 'curate' });
    expect(given({ decisions: 199, lastVersion: version(100) }).decision).toBeNull();
    expect(given({ decisions: 200, lastVersion: version(100) }).decision).toEqual({ action: 'curate' });
  });

  it('tries early, and then when the data have doubled, until that is more than makes a version', () => {
    const early = { ...policy, firstDecisions: 150, newDecisions: 1000 };
    expect([0, 150, 300, 600, 1200, 2200].map((considered) => considered + decisionsNeeded(considered, early))).toEqual(
      [150, 300, 600, 1200, 2200, 3200],
    );
    expect(decisionsNeeded(0, { ...early, newDecisions: 100 })).toBe(100);
  });

  it('curates for a single new decision when the last version is old, and never for none', () => {
    expect(given({ decisions: 101, lastVersion: version(100, anHourAgo) }).decision).toEqual({ action: 'curate' });
    expect(given({ decisions: 100, lastVersion: version(100, anHourAgo) }).decision).toBeNull();
  });

  it('answers whoever asks, few decisions or many, run under way or not', () => {
    const lastRun = { state: 'running' as const, createdAt: aMomentAgo };
    expect(given({ asked: 'drift', decisions: 1, lastRun })).toMatchObject({ why: 'asked to: drift' });
    expect(given({ asked: 'drift', decisions: 1, lastRun }).decision).toEqual({ action: 'curate' });
    expect(given({ asked: 'drift', decisions: 0 }).decision).toBeNull();
  });

  it('orders no second run while one is under way', () => {
    const lastRun = { state: 'queued' as const, createdAt: aMomentAgo };
    expect(given({ decisions: 1000, lastRun })).toEqual({ decision: null, why: 'a run is under way' });
  });

  it('does not hammer at what has just failed, and does not give up on it', () => {
    const failed = (createdAt: string) => ({ state: 'failed' as const, createdAt });
    expect(given({ decisions: 1000, lastRun: failed(aMomentAgo) }).decision).toBeNull();
    expect(given({ decisions: 1000, lastRun: failed(anHourAgo) }).decision).toEqual({ action: 'curate' });
  });
});
