export interface RiskCoveragePoint {
  threshold: number;
  /** Share of the turns at this confidence and above. */
  coverage: number;
  /** Share of wrong answers among them. */
  risk: number;
}

export interface RiskCoverage {
  /** From the highest confidence down, at most `points`. */
  curve: RiskCoveragePoint[];
  /** Area under the curve: the mean risk over all coverages up to that of all turns with a confidence (Geifman, Uziel and
   *  El-Yaniv 2019). null without any. */
  area: number | null;
}

/** The risk–coverage curve of a selective predictor (El-Yaniv and Wiener 2010). Turns of one confidence are served
 *  together or not at all, so the result does not depend on their order. A NaN confidence counts as never served. */
export function riskCoverage(
  turns: readonly { confidence: number; wrong: boolean }[],
  { points = 100 }: { points?: number } = {},
): RiskCoverage {
  const sorted = turns
    .filter(({ confidence }) => !Number.isNaN(confidence))
    .sort((a, b) => b.confidence - a.confidence);
  const curve: RiskCoveragePoint[] = [];
  let wrong = 0;
  let area = 0;
  let served = 0;
  sorted.forEach((turn, index) => {
    wrong += turn.wrong ? 1 : 0;
    if (turn.confidence === sorted[index + 1]?.confidence) return;
    const risk = wrong / (index + 1);
    area += (index + 1 - served) * risk;
    served = index + 1;
    curve.push({ threshold: turn.confidence, coverage: served / turns.length, risk });
  });
  return { curve: thinned(curve, points), area: served === 0 ? null : area / served };
}

/** Evenly chosen, the last always among them. */
function thinned<Item>(items: readonly Item[], size: number): Item[] {
  if (items.length <= size) return [...items];
  return Array.from({ length: size }, (_, index) => items[Math.ceil(((index + 1) * items.length) / size) - 1]!);
}
