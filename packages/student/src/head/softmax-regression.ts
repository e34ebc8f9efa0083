import { seededRandom } from '@retort/kernel';
import type { SparseRows } from '../features/vectors.ts';

export interface SoftmaxProblem {
  rows: SparseRows;
  /** The rows to learn from. */
  order: Int32Array;
  featureCount: number;
  classCount: number;
  labels: Int32Array;
  /** Importance of each row. */
  weights: Float32Array;
  /** The classes that were on offer at each row; `null` when all were. */
  offered: readonly (Int32Array | null)[];
}

export interface SoftmaxOptions {
  epochs: number;
  learningRate: number;
  /** Decay of all weights per epoch, as a share. */
  decay: number;
  /** The share of a row's features left out at random on each visit. */
  dropout: number;
  /** Probability mass taken from the label and spread over all classes. */
  smoothing: number;
  seed: number | string;
}

/** Multinomial logistic regression on sparse rows by stochastic gradient descent with AdaGrad steps per weight,
 *  decreasing linearly to zero. Returns weights in feature-major order, the bias as the last feature:
 *  `weights[feature * classCount + class]`. Only the offered classes compete in the softmax. */
export function trainSoftmax(
  problem: SoftmaxProblem,
  options: SoftmaxOptions,
  onEpoch?: (epoch: number) => void,
): Float32Array {
  const { rows, classCount, featureCount, labels, weights: importance, offered } = problem;
  const random = seededRandom(options.seed);
  const weights = new Float32Array((featureCount + 1) * classCount);
  const history = new Float32Array(weights.length).fill(1e-3);
  const logits = new Float64Array(classCount);
  const order = Int32Array.from(problem.order);
  const all = Int32Array.from({ length: classCount }, (_, index) => index);
  const kept = new Int32Array(1 + maximumLength(rows));
  const keptValues = new Float32Array(kept.length);
  const moved = new Int32Array(classCount);
  const gradient = new Float64Array(classCount);
  const steps = options.epochs * order.length;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    onEpoch?.(epoch);
    shuffleInPlace(order, random);
    for (const row of order) {
      const rate = options.learningRate * (1 - step++ / steps);
      let length = 0;
      for (let entry = rows.offsets[row]!; entry < rows.offsets[row + 1]!; entry++) {
        if (options.dropout > 0 && random.next() < options.dropout) continue;
        kept[length] = rows.features[entry]! * classCount;
        keptValues[length++] = rows.values[entry]!;
      }
      kept[length] = featureCount * classCount;
      keptValues[length++] = 1;
      const classes = offered[row] ?? all;
      logits.fill(0);
      for (let entry = 0; entry < length; entry++) {
        const value = keptValues[entry]!;
        const base = kept[entry]!;
        for (let index = 0; index < classCount; index++) logits[index]! += value * weights[base + index]!;
      }
      let maximum = -Infinity;
      for (const index of classes) if (logits[index]! > maximum) maximum = logits[index]!;
      let sum = 0;
      for (const index of classes) sum += gradient[index] = Math.exp(logits[index]! - maximum);
      const label = labels[row]!;
      const uniform = options.smoothing / classes.length;
      let movedCount = 0;
      for (const index of classes) {
        const target = uniform + (index === label ? 1 - options.smoothing : 0);
        const difference = gradient[index]! / sum - target;
        // What hardly moves is left where it is: most classes of most rows, once the first epoch has passed.
        if (Math.abs(difference) < 1e-3) continue;
        gradient[index] = difference * importance[row]!;
        moved[movedCount++] = index;
      }
      for (let entry = 0; entry < length; entry++) {
        const value = keptValues[entry]!;
        const base = kept[entry]!;
        for (let position = 0; position < movedCount; position++) {
          const index = moved[position]!;
          const slope = gradient[index]! * value;
          const at = base + index;
          const energy = history[at]! + slope * slope;
          history[at] = energy;
          weights[at]! -= (rate * slope) / Math.sqrt(energy);
        }
      }
    }
    if (options.decay > 0) for (let at = 0; at < weights.length; at++) weights[at]! *= 1 - options.decay;
  }
  return weights;
}

function maximumLength(rows: SparseRows): number {
  let maximum = 0;
  for (let row = 0; row + 1 < rows.offsets.length; row++)
    maximum = Math.max(maximum, rows.offsets[row + 1]! - rows.offsets[row]!);
  return maximum;
}

function shuffleInPlace(order: Int32Array, random: { integer(bound: number): number }): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    const held = order[last]!;
    order[last] = order[other]!;
    order[other] = held;
  }
}
