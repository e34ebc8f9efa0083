import { seededRandom } from '@retort/kernel';
import {
  chooseRung,
  clopperPearsonUpper,
  emptyWindow,
  LADDER_SHARES,
  novelShare,
  noveltyCut,
  observe,
  shareOf,
  tailAbove,
  windowCounts,
  type NoveltyWindow,
} from '@retort/statistics';
import { describe, expect, it } from 'vitest';

const tails = { known: { successes: 40, trials: 2000 }, novel: { successes: 800, trials: 1000 } };
const fill = (above: number, requests: number): NoveltyWindow => {
  let window = emptyWindow;
  for (let request = 0; request < requests; request++) window = observe(window, request < above);
  return window;
};
const choose = (window: NoveltyWindow, of = tails) => chooseRung(window, of, { shares: LADDER_SHARES, delta: 0.05 });

describe('the share of never-seen requests', () => {
  it('is .03846 for 25 of 500 above a cut with F0 = .02, F1 = .80, and at most .06299 (95%): rung 10%', () => {
    expect(shareOf(25 / 500, 0.02, 0.8)).toBeCloseTo(0.03846, 5);
    const upper = shareOf(clopperPearsonUpper({ successes: 25, trials: 500 }, 0.95), 0.02, 0.8)!;
    expect(upper).toBeCloseTo(0.06299, 5);
    expect(Math.min(...LADDER_SHARES.filter((share) => share >= upper))).toBe(0.1);
  });

  it('is bounded with the errors of its own tails: more widely than with known ones', () => {
    const found = novelShare({ successes: 25, trials: 500 }, tails, 0.05);
    expect(found.share).toBeCloseTo(0.03846, 5);
    expect(found.upper).toBeGreaterThan(0.06299);
    expect(found.lower).toBeLessThan(0.02);
  });

  it('stays within its bounds in at least 1 − δ of 2,000 windows', () => {
    const random = seededRandom('novel-share');
    const count = (probability: number, trials: number) => {
      let successes = 0;
      for (let trial = 0; trial < trials; trial++) if (random.next() < probability) successes++;
      return { successes, trials };
    };
    let outside = 0;
    for (let run = 0; run < 2000; run++) {
      const drawn = { known: count(0.02, 500), novel: count(0.8, 300) };
      const { lower, upper } = novelShare(count(0.95 * 0.02 + 0.05 * 0.8, 500), drawn, 0.05);
      // Each bound may be missed in δ of the windows.
      if (upper < 0.05) outside++;
      if (lower > 0.05) outside++;
    }
    expect(outside / 2000).toBeLessThanOrEqual(0.1);
  });

  it('is measured at the cut that parts the tuning turns best', () => {
    const cut = noveltyCut([0.1, 0.2, 0.3, 0.9], [0.4, 0.8, 0.85, 0.95]);
    expect(cut).toBeCloseTo(0.35, 12);
    expect(tailAbove([0.1, 0.35, 0.36], 0.35)).toEqual({ successes: 1, trials: 3 });
    expect(noveltyCut([], [1])).toBe(Infinity);
  });
});

describe('the window', () => {
  it('forgets the oldest block, in memory that does not grow', () => {
    const size = { requests: 100, blocks: 10 };
    let window = emptyWindow;
    for (let request = 0; request < 95; request++) window = observe(window, true, size);
    expect(windowCounts(window)).toEqual({ successes: 95, trials: 95 });
    for (let request = 0; request < 1005; request++) window = observe(window, false, size);
    expect(windowCounts(window)).toEqual({ successes: 0, trials: 100 });
    expect(window.full).toHaveLength(10);
  });

  it('leaves the state it began from as it was', () => {
    const before = fill(3, 150);
    const copy = structuredClone(before);
    observe(before, true);
    expect(before).toEqual(copy);
  });
});

describe('the rung', () => {
  it('is the default below 300 requests, unless the share is surely larger', () => {
    expect(choose(emptyWindow)).toMatchObject({ requests: 0, rung: 0.05 });
    expect(choose(fill(0, 10))).toMatchObject({ requests: 10, above: 0, rung: 0.05 });
    expect(choose(fill(100, 200))).toMatchObject({ rung: 0.5 });
    expect(choose(fill(200, 200))).toMatchObject({ rung: null });
  });

  it('is the smallest that is at least the upper bound from 300 requests on', () => {
    expect(choose(fill(40, 2000)).rung).toBe(0.02);
    expect(choose(fill(100, 2000)).rung).toBe(0.1);
    expect(choose(fill(200, 2000)).rung).toBe(0.2);
    expect(choose(fill(1500, 2000)).rung).toBeNull();
  });

  it('counts the calibration too as long as requests look like it, and no more when they do not', () => {
    const sure = { known: { successes: 70, trials: 7000 }, novel: { successes: 600, trials: 1000 } };
    const usual = { known: { successes: 490, trials: 7000 }, novel: { successes: 800, trials: 1000 } };
    const chosen = (above: number, sureAbove: number, requests: number) =>
      chooseRung(fill(above, requests), usual, {
        shares: LADDER_SHARES,
        delta: 0.05,
        sure: { window: fill(sureAbove, requests), tails: sure },
      });
    expect(chosen(14, 2, 200).rung).toBe(0.05);
    const alike = chosen(28, 4, 400);
    expect(alike.rung).toBe(0.01);
    expect(alike.upper).toBeLessThan(choose(fill(28, 400), usual).upper);
    // One cut is enough to see that they are not alike.
    expect(chosen(80, 4, 400).rung).toBeGreaterThanOrEqual(0.2);
    expect(chosen(28, 30, 400).rung).toBe(choose(fill(28, 400), usual).rung);
  });

  it('is the teacher where the score does not part never-seen turns from known ones', () => {
    const blind = { known: { successes: 40, trials: 2000 }, novel: { successes: 20, trials: 1000 } };
    expect(choose(fill(6, 300), blind)).toMatchObject({ share: null, upper: 1, rung: null });
  });
});
