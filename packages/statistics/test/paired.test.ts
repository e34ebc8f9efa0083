import { mcnemar, riskCoverage } from '@retort/statistics';
import { describe, expect, it } from 'vitest';

describe('a paired comparison (McNemar, exact)', () => {
  it('gives the binomial tails of the discordant pairs', () => {
    // 1 of 8 by hand: (1 + 8)/256.
    expect(mcnemar({ onlyFirst: 7, onlySecond: 1 }).secondLess).toBeCloseTo(9 / 256, 12);
    expect(mcnemar({ onlyFirst: 7, onlySecond: 1 }).different).toBeCloseTo(18 / 256, 12);
    expect(mcnemar({ onlyFirst: 1, onlySecond: 7 }).secondLess).toBeCloseTo(1 - 1 / 256, 12);
  });

  it('sees no difference without discordant pairs, nor in an even split', () => {
    expect(mcnemar({ onlyFirst: 0, onlySecond: 0 })).toEqual({ secondLess: 1, different: 1 });
    expect(mcnemar({ onlyFirst: 5, onlySecond: 5 }).different).toBe(1);
  });
});

describe('a risk–coverage curve', () => {
  const turns = [
    { confidence: 0.9, wrong: false },
    { confidence: 0.8, wrong: true },
    { confidence: 0.8, wrong: false },
    { confidence: 0.6, wrong: false },
  ];

  it('has the risk of everything served at each confidence, and its mean as area', () => {
    const { curve, area } = riskCoverage(turns);
    expect(curve).toEqual([
      { threshold: 0.9, coverage: 0.25, risk: 0 },
      { threshold: 0.8, coverage: 0.75, risk: 1 / 3 },
      { threshold: 0.6, coverage: 1, risk: 0.25 },
    ]);
    expect(area).toBeCloseTo((0 + 1 / 3 + 1 / 3 + 1 / 4) / 4, 12);
  });

  it('does not depend on the order of turns of one confidence', () => {
    expect(riskCoverage([...turns].reverse())).toEqual(riskCoverage(turns));
  });

  it('never covers a turn without a confidence, and has no area without turns', () => {
    expect(riskCoverage([...turns, { confidence: NaN, wrong: true }]).curve.at(-1)?.coverage).toBe(0.8);
    expect(riskCoverage([])).toEqual({ curve: [], area: null });
  });

  it('is thinned to the points asked for, and ends at full coverage', () => {
    const many = Array.from({ length: 1000 }, (_, index) => ({ confidence: index / 1000, wrong: index % 10 === 0 }));
    const { curve } = riskCoverage(many, { points: 20 });
    expect(curve).toHaveLength(20);
    expect(curve.at(-1)).toEqual({ threshold: 0, coverage: 1, risk: 0.1 });
  });
});
