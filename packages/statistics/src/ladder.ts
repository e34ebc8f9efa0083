import { binomialCdf } from './binomial.ts';
import type { Proportion } from './intervals.ts';
import { excessError, thresholdBounds, withstands, type ThresholdBounds } from './never-seen.ts';
import { minimumServed, THRESHOLD_GRID } from './thresholds.ts';

/** Shares ρ of never-seen requests that a ladder has a rung for. */
export const LADDER_SHARES: readonly number[] = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/** The share that is assumed while the traffic's own is not known. */
export const DEFAULT_SHARE = 0.05;

/** A turn whose answer is known. A missing (NaN) confidence is never served. */
export interface KnownTurn {
  confidence: number;
  wrong: boolean;
}

export interface LadderSample {
  known: readonly KnownTurn[];
  /** Per kind, fixed beforehand: turns of a kind that was never seen. Whatever is answered to them counts as wrong. */
  novel: ReadonlyMap<string, readonly { confidence: number }[]>;
}

export interface LadderQuestion extends LadderSample {
  /** The share of right answers that is guaranteed among what is served, e.g. 0.93. */
  target: number;
  /** The probability with which any rung may fail to keep its guarantee, e.g. 0.05. */
  delta: number;
  shares?: readonly number[];
  defaultShare?: number;
  /** Turns apart from the calibration. They choose where each walk begins: where their own test passes by most. */
  tune?: LadderSample;
  /** The fewest turns (of `tune`, or else of `known`) that must be served where a walk begins; what the target needs at
   *  the rung's own δ when absent. */
  minimumServed?: number;
  /** Thresholds in descending order, fixed beforehand. */
  grid?: readonly number[];
}

export interface Rung {
  /** ρ: the guarantee holds while at most this share of the requests is of kinds never seen. */
  share: number;
  /** Serve at this confidence and above; null: everything goes to the teacher. */
  threshold: number | null;
  /** Share of known turns that is served: `served` of all, `wrong` of `served`. */
  coverage: number;
  served: number;
  wrong: number;
  /** The never-seen kind whose upper bound is the largest, that bound, and the share of its turns that is served. */
  worstKind: string | null;
  novelBound: number;
  novelServed: number;
}

/** For each share ρ of never-seen requests the lowest threshold at which the target is kept among what is served. With
 *  probability 1 − δ all rungs hold at once: the default rung is tested at δ/2, the others share the other half. A rung's
 *  test walks down the grid and keeps the last threshold that passed before the first failure (fixed-sequence testing, as
 *  `learnThenTest` does); at ρ = 0 the test is the binomial one, else `withstands`. A guarantee for more never-seen
 *  requests is one for fewer, so a rung takes the threshold of a higher one where that is lower.
 *  Without `tune` a walk begins at the highest threshold that serves enough of `known`, by their number and never by
 *  whether they are wrong; among so few a single slip can end it. */
export function ladder(question: LadderQuestion): { rungs: Rung[] } {
  const { target, delta, shares = LADDER_SHARES, defaultShare = DEFAULT_SHARE, grid = THRESHOLD_GRID } = question;
  const calibration = countsAt(question, grid);
  const tune = question.tune && countsAt(question.tune, grid);
  const descending = [...new Set(shares)].sort((a, b) => b - a);
  let lowest: number | null = null;
  const rungs = descending.map((share): Rung => {
    const level = levelOf(share, { delta, shares: descending, defaultShare });
    const test = { share, target, level };
    const enough = question.minimumServed ?? minimumServed(target, share === 0 ? level : level / 4);
    const start = tune ? surestStep(tune, { ...test, enough }) : firstStep(calibration, enough);
    const last = start === null ? null : lastPassing(calibration, start, test);
    if (last !== null) lowest = lowest === null ? last : Math.max(lowest, last);
    return rungAt({ share, step: lowest, level }, calibration);
  });
  return { rungs: rungs.reverse() };
}

/** The test's level of a rung: δ/2 of the default rung, an equal part of the other half of each other. */
function levelOf(
  share: number,
  { delta, shares, defaultShare }: { delta: number; shares: readonly number[]; defaultShare: number },
): number {
  if (!shares.includes(defaultShare)) return delta / shares.length;
  if (shares.length === 1) return delta;
  return share === defaultShare ? delta / 2 : delta / (2 * (shares.length - 1));
}

/** What each step of the grid serves, and its bounds; these are costly and asked for by several rungs. */
interface Steps {
  grid: readonly number[];
  turns: number;
  kinds: readonly string[];
  served(step: number): number;
  wrong(step: number): number;
  novel(step: number): readonly Proportion[];
  bounds(step: number, level: number): ThresholdBounds;
}

interface RungTest {
  share: number;
  target: number;
  level: number;
}

function countsAt({ known, novel }: LadderSample, grid: readonly number[]): Steps {
  const served = servedPerStep(known, grid);
  const wrong = servedPerStep(
    known.filter((turn) => turn.wrong),
    grid,
  );
  const kinds = [...novel].map(([name, turns]) => ({ name, turns: turns.length, served: servedPerStep(turns, grid) }));
  const novelAt = (step: number) => kinds.map((kind) => ({ successes: kind.served[step]!, trials: kind.turns }));
  const cache = new Map<string, ThresholdBounds>();
  return {
    grid,
    turns: known.length,
    kinds: kinds.map(({ name }) => name),
    served: (step) => served[step]!,
    wrong: (step) => wrong[step]!,
    novel: novelAt,
    bounds: (step, level) => {
      const key = `${step}/${level}`;
      const found =
        cache.get(key) ??
        thresholdBounds(
          { turns: known.length, served: served[step]!, wrong: wrong[step]!, novel: novelAt(step) },
          level,
        );
      cache.set(key, found);
      return found;
    },
  };
}

/** How many turns each threshold of a descending grid serves. O(n log n). */
function servedPerStep(turns: readonly { confidence: number }[], grid: readonly number[]): Int32Array {
  const sorted = Float64Array.from(turns, ({ confidence }) => confidence)
    .filter((confidence) => !Number.isNaN(confidence))
    .sort();
  let at = sorted.length;
  return Int32Array.from(grid, (threshold) => {
    while (at > 0 && sorted[at - 1]! >= threshold) at--;
    return sorted.length - at;
  });
}

function passes(steps: Steps, step: number, { share, target, level }: RungTest): boolean {
  if (share === 0) return binomialCdf(steps.wrong(step), steps.served(step), 1 - target) <= level;
  return withstands(steps.bounds(step, level), { share, target });
}

function firstStep(steps: Steps, enough: number): number | null {
  const step = steps.grid.findIndex((_, index) => steps.served(index) >= enough);
  return step < 0 ? null : step;
}

/** Turns for tuning are fewer than those for calibration: their bounds would fail everywhere at the level of the test. */
const tuneLevel = 0.5;

/** Where the test of these turns passes by most, or fails by least. */
function surestStep(steps: Steps, { share, target, enough }: RungTest & { enough: number }): number | null {
  let surest: { step: number; excess: number } | null = null;
  for (let step = firstStep(steps, enough) ?? steps.grid.length; step < steps.grid.length; step++) {
    const excess =
      share === 0
        ? binomialCdf(steps.wrong(step), steps.served(step), 1 - target)
        : excessError(steps.bounds(step, tuneLevel), { share, target });
    if (surest === null || excess < surest.excess) surest = { step, excess };
  }
  return surest?.step ?? null;
}

function lastPassing(steps: Steps, start: number, test: RungTest): number | null {
  let step = start;
  while (step < steps.grid.length && passes(steps, step, test)) step++;
  return step === start ? null : step - 1;
}

function rungAt({ share, step, level }: { share: number; step: number | null; level: number }, steps: Steps): Rung {
  if (step === null) {
    const nothing = { coverage: 0, served: 0, wrong: 0, novelBound: 0, novelServed: 0 };
    return { share, threshold: null, worstKind: null, ...nothing };
  }
  const served = steps.served(step);
  const { worst, novel } = steps.bounds(step, level);
  const kind = steps.novel(step)[worst];
  return {
    share,
    threshold: steps.grid[step]!,
    coverage: served / steps.turns,
    served,
    wrong: steps.wrong(step),
    worstKind: steps.kinds[worst] ?? null,
    novelBound: novel,
    novelServed: kind === undefined || kind.trials === 0 ? 0 : kind.successes / kind.trials,
  };
}
