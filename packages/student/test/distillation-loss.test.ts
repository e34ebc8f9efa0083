import { describe, expect, it } from 'vitest';
import { distillationLoss, softenedDivergence } from './distillation-loss.ts';

describe('the distillation loss', () => {
  it('has the published soft part: teacher [2, 1, 0], student [1, 1, 0], T = 2 → T²·KL = .12396', () =>
    expect(4 * softenedDivergence([2, 1, 0], [1, 1, 0], 2)).toBeCloseTo(0.12396, 5));

  it('has no soft part for a student that says what the teacher says', () =>
    expect(distillationLoss({ teacher: [2, 1, 0], student: [2, 1, 0], label: 0 })).toBeCloseTo(
      0.3 * Math.log(1 + Math.exp(-1) + Math.exp(-2)),
      12,
    ));

  it('stays finite for logits that a softmax of plain exponentials would overflow on', () =>
    expect(distillationLoss({ teacher: [2000, 0], student: [0, 2000], label: 0 })).toBeLessThan(1e5));
});
