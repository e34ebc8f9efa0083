import { betaQuantile } from './binomial.ts';

export interface Proportion {
  successes: number;
  trials: number;
}

/** Wilson's score interval of a proportion (Wilson 1927); `z` is the normal quantile, 1.96 for 95%.
 *  Without trials nothing is known: [0, 1]. */
export function wilsonInterval({ successes, trials }: Proportion, z = 1.959963984540054): [number, number] {
  if (trials === 0) return [0, 1];
  const rate = successes / trials;
  const squared = z * z;
  const centre = rate + squared / (2 * trials);
  const spread = z * Math.sqrt((rate * (1 - rate)) / trials + squared / (4 * trials * trials));
  const scale = 1 + squared / trials;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}

/** The exact lower bound of a proportion at one-sided `confidence` (Clopper and Pearson 1934). */
export function clopperPearsonLower({ successes, trials }: Proportion, confidence: number): number {
  return successes === 0 ? 0 : betaQuantile(1 - confidence, successes, trials - successes + 1);
}

/** The exact upper bound of a proportion at one-sided `confidence` (Clopper and Pearson 1934). */
export function clopperPearsonUpper({ successes, trials }: Proportion, confidence: number): number {
  return successes === trials ? 1 : betaQuantile(confidence, successes + 1, trials - successes);
}

/** Whether a proportion is below `floor` beyond what chance explains: even the upper end of its 99.9% Wilson interval is.
 *  That wide, because such a question is asked of hundreds of tools at once, and noise alone should single out none.
 *  Without trials nothing is. */
export function clearlyBelow({ successes, trials }: Proportion, floor: number): boolean {
  return trials > 0 && wilsonInterval({ successes, trials }, 3.290526731491926)[1] < floor;
}
