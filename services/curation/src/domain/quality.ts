import { fitIsotonic, isotonicValue } from '@retort/statistics';

/** What speaks for a decision; a part that is not known is null and takes no part. */
export interface QualityTerms {
  /** outcome.success */
  success: boolean | null;
  /** Share of neighbours that answered with the same turn. */
  agreement: number | null;
  /** The teacher's confidence, calibrated where that can be learnt. */
  confidence: number | null;
  /** 1 for the fastest of its tool, 0 for the slowest. */
  time: number | null;
}

const weights = { success: 0.35, agreement: 0.3, confidence: 0.25, time: 0.1 } as const;
export const qualityTerms = Object.keys(weights) as (keyof QualityTerms)[];

/** q = Σ w·v / Σ w over the parts that are present; null when none is. Rounded to six digits: what enters a digest is
 *  the same number on every machine. */
export function quality(terms: QualityTerms): number | null {
  let sum = 0;
  let weight = 0;
  for (const term of qualityTerms) {
    const value = terms[term];
    if (value === null) continue;
    sum += weights[term] * Number(value);
    weight += weights[term];
  }
  return weight === 0 ? null : Math.round((sum / weight) * 1e6) / 1e6;
}

/** (same + 1) / (m + 2), Laplace's rule of succession; null without neighbours. */
export function agreement({ same, neighbours }: { same: number; neighbours: number }): number | null {
  return neighbours === 0 ? null : (same + 1) / (neighbours + 2);
}

const labelsToCalibrate = 200;

/** Isotonic fit of the teacher's confidence to success once there are 200 labels; the raw confidence before. */
export function confidenceCalibration(
  labelled: readonly { confidence: number; success: boolean }[],
): (confidence: number) => number {
  if (labelled.length < labelsToCalibrate) return (confidence) => confidence;
  const fit = fitIsotonic(labelled.map(({ confidence, success }) => ({ x: confidence, y: success ? 1 : 0 })));
  return (confidence) => isotonicValue(fit, confidence);
}

/** 1 − percentile rank of an execution time among those of its tool; ties share the middle of their ranks. */
export function timeRanking(
  observed: readonly { tool: number; milliseconds: number }[],
): (tool: number, milliseconds: number) => number {
  const byTool = new Map<number, number[]>();
  for (const { tool, milliseconds } of observed) {
    const times = byTool.get(tool);
    if (times) times.push(milliseconds);
    else byTool.set(tool, [milliseconds]);
  }
  const sorted = new Map([...byTool].map(([tool, times]) => [tool, Float64Array.from(times).sort()]));
  return (tool, milliseconds) => {
    const times = sorted.get(tool);
    if (!times) return 0.5;
    return 1 - (countBelow(times, milliseconds, false) + countBelow(times, milliseconds, true)) / (2 * times.length);
  };
}

/** How many of the ascending values are below the bound, or not above it. */
function countBelow(ascending: Float64Array, bound: number, inclusive: boolean): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = ascending[middle]!;
    if (value < bound || (inclusive && value === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}
