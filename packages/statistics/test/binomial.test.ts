import { describe, expect, it } from 'vitest';
import {
  binomialCdf,
  clearlyBelow,
  clopperPearsonLower,
  clopperPearsonUpper,
  logGamma,
  wilsonInterval,
} from '@retort/statistics';

describe('the binomial distribution', () => {
  it('equals the sum of its terms', () => {
    for (const [n, p] of [
      [10, 0.3],
      [100, 0.07],
      [60, 0.93],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < n; k++) {
        sum += Math.exp(
          logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log(1 - p),
        );
        expect(binomialCdf(k, n, p)).toBeCloseTo(sum, 10);
      }
    }
  });

  it('stays a probability, and increasing, with ten million trials', () => {
    const trials = 10_000_000;
    const around = [-9000, -1000, 0, 1000, 9000].map((offset) => binomialCdf(700_000 + offset, trials, 0.07));
    expect(around[2]).toBeCloseTo(0.5, 3);
    expect(around).toEqual([...around].sort((a, b) => a - b));
    expect(around[0]).toBeLessThan(1e-20);
    expect(around[4]).toBeCloseTo(1, 12);
  });

  it('knows its edges', () => {
    expect(binomialCdf(-1, 10, 0.5)).toBe(0);
    expect(binomialCdf(10, 10, 0.5)).toBe(1);
    expect(binomialCdf(0, 0, 0.5)).toBe(1);
  });
});

describe('intervals of a proportion', () => {
  it('bound 95 of 100 below by 0.888 (Wilson, 95%)', () => {
    const [low, high] = wilsonInterval({ successes: 95, trials: 100 });
    expect(low).toBeCloseTo(0.8882, 4);
    expect(high).toBeCloseTo(0.9785, 4);
  });

  it('say nothing without trials', () => {
    expect(wilsonInterval({ successes: 0, trials: 0 })).toEqual([0, 1]);
    expect(clopperPearsonLower({ successes: 0, trials: 0 }, 0.95)).toBe(0);
    expect(clopperPearsonUpper({ successes: 0, trials: 0 }, 0.95)).toBe(1);
  });

  it('are exact: the bound is where the binomial tail reaches 5%', () => {
    const low = clopperPearsonLower({ successes: 95, trials: 100 }, 0.95);
    expect(1 - binomialCdf(94, 100, low)).toBeCloseTo(0.05, 9);
    const high = clopperPearsonUpper({ successes: 95, trials: 100 }, 0.95);
    expect(binomialCdf(95, 100, high)).toBeCloseTo(0.05, 9);
    expect(clopperPearsonLower({ successes: 42, trials: 42 }, 0.95)).toBeCloseTo(0.05 ** (1 / 42), 9);
  });
});

describe('a proportion', () => {
  it('is clearly below a floor only when chance does not explain it', () => {
    expect(clearlyBelow({ successes: 1, trials: 3 }, 0.8)).toBe(false);
    expect(clearlyBelow({ successes: 20, trials: 60 }, 0.8)).toBe(true);
    expect(clearlyBelow({ successes: 48, trials: 60 }, 0.8)).toBe(false);
    expect(clearlyBelow({ successes: 0, trials: 0 }, 0.8)).toBe(false);
  });
});
