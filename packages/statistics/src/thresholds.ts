import { binomialCdf } from './binomial.ts';

/** One decision whose answer is known: how sure the student was, and whether it made the teacher's call.
 *  A missing (NaN) confidence is never served. */
export interface Scored {
  confidence: number;
  agrees: boolean;
}

export interface ThresholdQuestion {
  calibration: readonly Scored[];
  /** The guaranteed agreement among what is served, e.g. 0.93. */
  target: number;
  /** The probability with which the guarantee may be broken, e.g. 0.05. */
  delta: number;
}

export interface Threshold {
  /** Serve at this confidence and above. */
  threshold: number;
  /** Where the walk began: the guarantee holds at every threshold from here down to `threshold`. */
  from: number;
  /** On the calibration decisions, at this threshold. */
  served: number;
  disagreements: number;
  /** P(so few disagreements | the guarantee is broken). */
  pValue: number;
}

/** The fixed descending grid of thresholds: .99, .98 … 0. */
export const THRESHOLD_GRID: readonly number[] = Array.from({ length: 100 }, (_, step) => (99 - step) / 100);

/** The fewest decisions from which the guarantee can be kept at all: the smallest n with targetⁿ ≤ δ. */
export function minimumServed(target: number, delta: number): number {
  return Math.ceil(Math.log(delta) / Math.log(target) - 1e-12);
}

/** Learn then Test (Angelopoulos et al. 2021) as fixed-sequence testing: walks down the grid while
 *  BinomialCDF(disagreements; served, 1 − target) ≤ δ and keeps the last threshold that passed. With probability 1 − δ
 *  the true agreement at the result is at least the target. The walk starts where the guarantee is surest on `tune`, decisions
 *  apart from the calibration: the calibration's own labels must not choose where to begin, and a walk from the top would
 *  end at the first teacher's slip among the few that are surest. `null` when not even the first step passes. */
export function learnThenTest(
  question: ThresholdQuestion & {
    tune: readonly Scored[];
    grid?: readonly number[];
    /** The fewest that must be served of `tune` where the walk begins; what the guarantee needs when absent. */
    enough?: number;
  },
): Threshold | null {
  const { calibration, tune, target, delta, grid = THRESHOLD_GRID } = question;
  const enough = question.enough ?? minimumServed(target, delta);
  let start = -1;
  let surest = Infinity;
  grid.forEach((threshold, step) => {
    const { served, disagreements } = at(tune, threshold);
    if (served < enough) return;
    const pValue = binomialCdf(disagreements, served, 1 - target);
    if (pValue < surest) [start, surest] = [step, pValue];
  });
  if (start < 0) return null;
  let best: Threshold | null = null;
  for (const threshold of grid.slice(start)) {
    const candidate = at(calibration, threshold);
    const pValue = binomialCdf(candidate.disagreements, candidate.served, 1 - target);
    if (pValue > delta) break;
    best = { threshold, from: grid[start]!, ...candidate, pValue };
  }
  return best;
}

function at(scored: readonly Scored[], threshold: number): { served: number; disagreements: number } {
  let served = 0;
  let disagreements = 0;
  for (const { confidence, agrees } of scored) {
    if (!(confidence >= threshold)) continue;
    served++;
    if (!agrees) disagreements++;
  }
  return { served, disagreements };
}
