import { binomialCdf } from './binomial.ts';

/** The same questions put to two: those where only the one, or only the other, has the property compared. */
export interface Discordant {
  onlyFirst: number;
  onlySecond: number;
}

/** McNemar's exact test of paired outcomes (McNemar 1947): were both equally good, each discordant pair would be either's
 *  with probability ½. `secondLess` is the one-sided p-value of "the second has it less often", `different` the two-sided
 *  one. 1 without discordant pairs. */
export function mcnemar({ onlyFirst, onlySecond }: Discordant): { secondLess: number; different: number } {
  const pairs = onlyFirst + onlySecond;
  if (pairs === 0) return { secondLess: 1, different: 1 };
  const tail = (fewest: number) => binomialCdf(fewest, pairs, 0.5);
  return { secondLess: tail(onlySecond), different: Math.min(1, 2 * tail(Math.min(onlyFirst, onlySecond))) };
}
