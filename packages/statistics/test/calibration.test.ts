import { fitIsotonic, fitTemperature, isotonicValue, type LabelledLogits } from '@retort/statistics';
import { describe, expect, it } from 'vitest';

describe('calibration', () => {
  it('finds T = 1.8205 for logits [2, 0] that are right in 3 of 4', () => {
    const examples: LabelledLogits[] = [0, 0, 0, 1].map((label) => ({ logits: [2, 0], label }));
    expect(fitTemperature(examples)).toBeCloseTo(1.8205, 4);
  });

  it('keeps T within its bounds, and at 1 without examples', () => {
    expect(fitTemperature([{ logits: [2, 0], label: 0 }])).toBeCloseTo(0.05, 4);
    expect(fitTemperature([{ logits: [2, 0], label: 1 }])).toBeCloseTo(10, 3);
    expect(fitTemperature([])).toBe(1);
  });

  it('pools adjacent violators into a non-decreasing fit', () => {
    const fit = fitIsotonic([1, 3, 2, 4].map((y, x) => ({ x, y })));
    expect([0, 1, 2, 3, -5, 9].map((x) => isotonicValue(fit, x))).toEqual([1, 2.5, 2.5, 4, 1, 4]);
  });
});
