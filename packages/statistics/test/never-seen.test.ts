import { excessError, thresholdBounds, withstands } from '@retort/statistics';
import { describe, expect, it } from 'vitest';

const counts = ([turns, served, wrong]: number[], [trials, successes]: number[]) => ({
  turns: turns!,
  served: served!,
  wrong: wrong!,
  novel: [{ trials: trials!, successes: successes! }],
});

describe('a threshold with never-seen requests, target 93%, δ = .05', () => {
  it.each([
    {
      known: [2000, 1500, 60],
      novel: [1000, 20],
      share: 0.05,
      bounds: [0.03072, 0.05287, 0.72759, -0.01041],
      ok: true,
    },
    {
      known: [2000, 1500, 60],
      novel: [1000, 300],
      share: 0.05,
      bounds: [0.32946, 0.05287, 0.72759, 0.00348],
      ok: false,
    },
    { known: [2000, 1200, 30], novel: [1000, 20], share: 0.2, bounds: [0.03072, 0.0371, 0.57503, -0.00942], ok: true },
    { known: [2000, 1500, 90], novel: [1000, 20], share: 0.05, bounds: [0.03072, 0.0752, 0.72759, 0.00502], ok: false },
  ])('has the bounds U, U_q, L and the left side $bounds at ρ = $share', ({ known, novel, share, bounds, ok }) => {
    const found = thresholdBounds(counts(known, novel), 0.05);
    const question = { share, target: 0.93 };
    const values = [found.novel, found.wrong, found.served, excessError(found, question)];
    values.forEach((value, index) => expect(value).toBeCloseTo(bounds[index]!, 5));
    expect(withstands(found, question)).toBe(ok);
  });

  it('is bounded by the worst kind: 2,000 requests of an easy kind do not hide 90 of 300 of a hard one', () => {
    const hard = { trials: 300, successes: 90 };
    const easy = { trials: 2000, successes: 0 };
    const known = { turns: 2000, served: 1500, wrong: 60 };
    const both = thresholdBounds({ ...known, novel: [easy, hard] }, 0.05);
    expect(both.novel).toBeCloseTo(0.355, 3);
    expect(both.worst).toBe(1);
    const pool = { trials: 2300, successes: 90 };
    expect(thresholdBounds({ ...known, novel: [pool] }, 0.05).novel).toBeCloseTo(0.048, 3);
  });

  it('counts never-seen requests as all served when no kind was tried', () => {
    const found = thresholdBounds({ turns: 2000, served: 1500, wrong: 0, novel: [] }, 0.05);
    expect(found).toMatchObject({ novel: 1, worst: -1 });
    expect(withstands(found, { share: 0.2, target: 0.93 })).toBe(false);
  });

  it('fails whenever known turns alone are not surely right, whatever the mix', () => {
    const bounds = { novel: 0, wrong: 0.08, served: 0, worst: 0 };
    expect(excessError(bounds, { share: 0.05, target: 0.93 })).toBe(0);
    expect(withstands(bounds, { share: 0.05, target: 0.93 })).toBe(false);
  });
});
