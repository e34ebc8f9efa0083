import { logGamma } from './binomial.ts';

export interface Mix {
  /** How often each category occurred then, and how often it occurs now: aligned, one entry a category. */
  reference: readonly number[];
  current: readonly number[];
}

/** The population stability index Σ (c − r)·ln(c / r) of two counts over the same categories. `smoothing` is added to
 *  every count, so that a category missing on one side costs much and not everything. 0 when either side is empty. */
export function populationStabilityIndex({ reference, current }: Mix, smoothing = 0.5): number {
  const [then, now] = [shares(reference, smoothing), shares(current, smoothing)];
  if (!then || !now) return 0;
  return then.reduce((total, share, index) => total + (now[index]! - share) * Math.log(now[index]! / share), 0);
}

export interface DriftTest {
  statistic: number;
  /** What the statistic stays below, with probability 0.95, when nothing changed: it depends on the samples' sizes. */
  critical: number;
  /** `insufficient`: the samples are too small to tell a change that matters from chance. */
  verdict: 'stable' | 'drifted' | 'insufficient';
}

/** A change of this size is worth knowing of. */
const practical = 0.1;

/** Whether a mix changed. Without a change, PSI is about χ² with B − 1 degrees of freedom, times 1/n + 1/m (Yurdakul
 *  2018): a fixed limit of 0.1 alarms for nothing on small samples. Alarms above the larger of both. */
export function testMix(mix: Mix, confidence = 0.95): DriftTest {
  const categories = mix.reference.filter((count, index) => count + mix.current[index]! > 0).length;
  const [n, m] = [sum(mix.reference), sum(mix.current)];
  if (n === 0 || m === 0 || categories < 2)
    return { statistic: 0, critical: Infinity, verdict: n === 0 || m === 0 ? 'insufficient' : 'stable' };
  const statistic = populationStabilityIndex(mix);
  const critical = chiSquareQuantile(confidence, categories - 1) * (1 / n + 1 / m);
  if (critical > practical) return { statistic, critical, verdict: 'insufficient' };
  return { statistic, critical, verdict: statistic > practical ? 'drifted' : 'stable' };
}

/** The x with P(X ≤ x) = probability for X ~ χ² with these degrees of freedom, by bisection. */
export function chiSquareQuantile(probability: number, degrees: number): number {
  let [low, high] = [0, Math.max(1, degrees)];
  while (lowerGamma(degrees / 2, high / 2) < probability) high *= 2;
  for (let step = 0; step < 100 && high - low > 1e-12 * high; step++) {
    const middle = (low + high) / 2;
    if (lowerGamma(degrees / 2, middle / 2) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised lower incomplete gamma function P(a, x), by its series, or by the continued fraction of its
 *  complement where that converges faster (Press et al., §6.2). */
function lowerGamma(a: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let total = term;
    for (let n = 1; n < 10_000 && term > total * 1e-16; n++) total += term *= x / (a + n);
    return front * total;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 10_000; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b || 1e-300);
    c = b + numerator / c || 1e-300;
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return 1 - front * fraction;
}

function shares(counts: readonly number[], smoothing: number): number[] | null {
  const total = sum(counts);
  return total === 0 ? null : counts.map((count) => (count + smoothing) / (total + smoothing * counts.length));
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
