import { describe, expect, it } from 'vitest';
import { isChallengers, nothingObserved, observe, trippedBy, type Rollout } from '../../src/domain/rollout.ts';

const rollout = (percent: number): Rollout => ({
  id: 'r1',
  modelVersion: 'v2',
  artifact: 'sha256:0',
  strategy: 'canary',
  percent,
  agents: null,
  guards: { errors: 0.01, slow: 0.05, slow_ms: 50 },
});
const { guards } = rollout(10);
const sessions = Array.from({ length: 20_000 }, (_, index) => `session ${index}`);
const good = { hasFailed: false, milliseconds: 1, serves: true, isSame: false };

describe('a share of the sessions', () => {
  it.each([0, 1, 10, 50, 100])('is %d percent of them', (percent) => {
    const its = sessions.filter((session) => isChallengers(rollout(percent), session)).length;
    expect(Math.abs(its / sessions.length - percent / 100)).toBeLessThan(0.011);
  });

  it('grows without taking a session away', () => {
    for (const session of sessions)
      if (isChallengers(rollout(10), session)) expect(isChallengers(rollout(11), session)).toBe(true);
  });
});

describe('the guards', () => {
  const after = (count: number, outcome: (index: number) => typeof good) =>
    Array.from({ length: count }, (_, index) => outcome(index)).reduce(
      (seen, one) => observe(seen, one, guards),
      nothingObserved(guards),
    );

  it('leave a challenger alone that keeps to what is allowed', () =>
    expect(
      trippedBy(
        after(20_000, (index) => ({ ...good, hasFailed: index % 100 === 99 })),
        guards,
      ),
    ).toBeNull());

  it('revert one that fails at once, after a handful of requests', () => {
    const seen = after(6, () => ({ ...good, hasFailed: true }));
    expect(trippedBy(seen, guards)).toMatchObject({ guard: 'errors', figures: { requests: 6, violations: 6 } });
  });

  it('revert one that fails three times as often as is allowed', () => {
    const seen = after(3_000, (index) => ({ ...good, hasFailed: index % 33 === 0 }));
    expect(trippedBy(seen, guards)).toMatchObject({ guard: 'errors' });
  });

  it('revert one that is too slow', () => {
    const seen = after(100, (index) => ({ ...good, milliseconds: index % 3 === 0 ? 60 : 1 }));
    expect(trippedBy(seen, guards)).toMatchObject({
      guard: 'latency',
      reason: '34 of 100 answers took longer than 50 ms; 5% may.',
    });
  });
});
