import { clopperPearsonLower, clopperPearsonUpper, type Proportion } from './intervals.ts';

/** What one threshold does to calibration turns and to turns of kinds never seen. */
export interface ThresholdCounts {
  /** Known (calibration) turns, how many of them are served, and how many of those are wrong. */
  turns: number;
  served: number;
  wrong: number;
  /** Per kind of never-seen turns, fixed beforehand: how many there are and how many are served. */
  novel: readonly Proportion[];
}

export interface ThresholdBounds {
  /** U: upper bound of the share served of any mix of the never-seen kinds. Without turns nothing is known: 1. */
  novel: number;
  /** U_q: upper bound of the share of wrong answers among served known turns. */
  wrong: number;
  /** L: lower bound of the share of known turns that is served. */
  served: number;
  /** Index in `novel` of the kind that U is the bound of; −1 without kinds. */
  worst: number;
}

/** Exact bounds (Clopper and Pearson 1934) that hold together with probability 1 − δ: U at δ/2, U_q and L at δ/4 each.
 *  U is the largest of the kinds' bounds, each at δ/2: some one kind is truly served most, its bound alone has to hold,
 *  and no mix of the kinds is served more. A bound of the pool would let easy kinds hide a hard one. */
export function thresholdBounds({ turns, served, wrong, novel }: ThresholdCounts, delta: number): ThresholdBounds {
  let worst = -1;
  let upper = novel.length === 0 ? 1 : -1;
  novel.forEach((kind, index) => {
    const bound = clopperPearsonUpper(kind, 1 - delta / 2);
    if (bound > upper) [worst, upper] = [index, bound];
  });
  return {
    novel: upper,
    wrong: clopperPearsonUpper({ successes: wrong, trials: served }, 1 - delta / 4),
    served: clopperPearsonLower({ successes: served, trials: turns }, 1 - delta / 4),
    worst,
  };
}

/** (1 − ρ)·L·(U_q − α) + ρ·(1 − α)·U: at most 0 when, with the probability of the bounds, at most a share α of what is
 *  served is wrong although a share ρ of the requests is of kinds never seen and every one of those that is served counts
 *  as wrong. It means that only where U_q < α: L bounds the served share from below, which is the unfavourable side only
 *  of a negative factor. */
export function excessError(
  { novel, wrong, served }: ThresholdBounds,
  { share, target }: { share: number; target: number },
): number {
  const allowed = 1 - target;
  return (1 - share) * served * (wrong - allowed) + share * (1 - allowed) * novel;
}

/** Whether the target is kept with never-seen requests of up to `share` of all, by the bounds given. */
export function withstands(bounds: ThresholdBounds, question: { share: number; target: number }): boolean {
  return bounds.wrong < 1 - question.target && excessError(bounds, question) <= 0;
}
