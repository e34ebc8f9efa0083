import { softenedDivergence } from '@retort/statistics';
import { describe, expect, it } from 'vitest';
import { softTarget } from '../src/soft-target.ts';

const target = (given: Record<string, number> | undefined, offered: (string | null)[]) =>
  softTarget(given ? { teacherProbabilities: given } : {}, offered)?.map((logit) => Math.exp(logit));

describe('the teacher’s probabilities as a target', () => {
  it('are those of the tools offered, adding up to one', () => {
    const found = target({ pay: 0.6, balance: 0.2, elsewhere: 0.2 }, ['pay', 'balance'])!;
    expect(found[0]).toBeCloseTo(0.75, 9);
    expect(found[1]).toBeCloseTo(0.25, 9);
  });

  it('know the decision for no tool by the empty name', () =>
    expect(target({ pay: 0.1, '': 0.9 }, ['pay', null])![1]).toBeCloseTo(0.9, 9));

  it('leave a tool nobody spoke of unlikely, and finite', () => {
    const logits = softTarget({ teacherProbabilities: { pay: 1 } }, ['pay', 'toString'])!;
    expect(logits.every(Number.isFinite)).toBe(true);
    expect(softenedDivergence(logits, [0, 0], 2)).toBeGreaterThan(0);
  });

  it('are no target where there are none, or none of what is offered', () => {
    expect(target(undefined, ['pay'])).toBeUndefined();
    expect(target({ elsewhere: 1 }, ['pay'])).toBeUndefined();
    expect(target({ pay: 0 }, ['pay'])).toBeUndefined();
  });
});
