export interface LabelledLogits {
  logits: ArrayLike<number>;
  /** Index of the true class in `logits`. */
  label: number;
}

/** The temperature T in [.05, 10] that minimises the negative log-likelihood of softmax(logits / T)
 *  (Guo et al. 2017), by golden section on ln T: the likelihood is unimodal there. 1 without examples. */
export function fitTemperature(examples: readonly LabelledLogits[]): number {
  if (examples.length === 0) return 1;
  return Math.exp(
    goldenSection((logTemperature) => negativeLogLikelihood(examples, Math.exp(logTemperature)), {
      low: Math.log(0.05),
      high: Math.log(10),
      tolerance: 1e-6,
    }),
  );
}

function negativeLogLikelihood(examples: readonly LabelledLogits[], temperature: number): number {
  let total = 0;
  for (const { logits, label } of examples) {
    let maximum = -Infinity;
    for (let index = 0; index < logits.length; index++) maximum = Math.max(maximum, logits[index]!);
    let sum = 0;
    for (let index = 0; index < logits.length; index++) sum += Math.exp((logits[index]! - maximum) / temperature);
    total += Math.log(sum) - (logits[label]! - maximum) / temperature;
  }
  return total / examples.length;
}

/** The minimum of a unimodal function on [low, high]. */
export function goldenSection(
  objective: (x: number) => number,
  { low, high, tolerance }: { low: number; high: number; tolerance: number },
): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let atLeft = objective(left);
  let atRight = objective(right);
  while (high - low > tolerance) {
    if (atLeft <= atRight) {
      high = right;
      [right, atRight] = [left, atLeft];
      left = high - ratio * (high - low);
      atLeft = objective(left);
    } else {
      low = left;
      [left, atLeft] = [right, atRight];
      right = low + ratio * (high - low);
      atRight = objective(right);
    }
  }
  return (low + high) / 2;
}
