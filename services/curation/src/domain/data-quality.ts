import type { Measured } from '@retort/contracts';
import { wilsonInterval } from '@retort/statistics';

/** A rate and examples of what lowered it: a figure that cannot be looked into cannot be mended. */
export interface QualityMetric extends Measured {
  offenders: string[];
}

const offenderLimit = 20;

/** Counts one dimension of data quality (DAMA). Nothing counted: the value is null, not 0 and not 1. */
export function qualityCounter() {
  let numerator = 0;
  let denominator = 0;
  const offenders: string[] = [];
  return {
    /** `good` of `of` cells, rows or pairs of the named one were as they should be. */
    count(name: string, good: number, of = 1): void {
      numerator += good;
      denominator += of;
      if (good < of && offenders.length < offenderLimit) offenders.push(name);
    },
    metric: (): QualityMetric => ({ ...rate(numerator, denominator), offenders }),
  };
}

export function rate(numerator: number, denominator: number): Measured {
  return { value: denominator === 0 ? null : numerator / denominator, numerator, denominator };
}

/** A rate of successes with its 95% Wilson interval. */
export function proportion(successes: number, trials: number): Measured {
  return { ...rate(successes, trials), interval: wilsonInterval({ successes, trials }) };
}
