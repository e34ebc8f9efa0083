import { seededRandom } from '@retort/kernel';
import {
  crossEntropySlopes,
  multiply,
  multiplyColumns,
  rowSampler,
  shuffleInPlace,
  type LearningProblem,
  type SampledRow,
} from './rows.ts';

export interface SoftmaxOptions {
  epochs: number;
  learningRate: number;
  /** The share of a row's features left out at random on each visit. */
  dropout: number;
  seed: number | string;
}

/** Multinomial logistic regression on sparse rows by stochastic gradient descent with AdaGrad steps per weight,
 *  decreasing linearly to zero. Returns weights in feature-major order, the bias as the last feature:
 *  `weights[feature * classCount + class]`. Only the offered classes compete in the softmax. */
export function trainSoftmax(
  problem: LearningProblem,
  options: SoftmaxOptions,
  onEpoch?: (epoch: number) => void,
): Float32Array {
  const { classCount, featureCount, labels, weights: importance, offered } = problem;
  const random = seededRandom(options.seed);
  const weights = new Float32Array((featureCount + 1) * classCount);
  const history = new Float32Array(weights.length).fill(1e-3);
  const order = Int32Array.from(problem.order);
  const all = Int32Array.from({ length: classCount }, (_, index) => index);
  const sample = rowSampler(problem, { dropout: options.dropout, stride: classCount, random });
  const scores = new Float64Array(classCount);
  const moved = new Int32Array(classCount);
  const steps = options.epochs * order.length;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    onEpoch?.(epoch);
    shuffleInPlace(order, random);
    for (let position = 0; position < order.length; position++) {
      const row = order[position]!;
      const rate = options.learningRate * (1 - step++ / steps);
      const sampled = sample(row);
      const classes = offered[row] ?? all;
      if (classes.length * 2 < classCount) multiplyColumns(weights, sampled, classes, scores);
      else multiply(weights, sampled, scores);
      const count = crossEntropySlopes({ scores, classes, label: labels[row]!, moved, weight: importance[row]! });
      if (count > 0) descend({ weights, history, rate }, sampled, { slopes: scores, moved, count });
    }
  }
  return weights;
}

function descend(
  { weights, history, rate }: { weights: Float32Array; history: Float32Array; rate: number },
  { bases, values, length }: SampledRow,
  { slopes, moved, count }: { slopes: Float64Array; moved: Int32Array; count: number },
): void {
  for (let entry = 0; entry < length; entry++) {
    const value = values[entry]!;
    const base = bases[entry]!;
    for (let position = 0; position < count; position++) {
      const index = moved[position]!;
      const slope = slopes[index]! * value;
      const at = base + index;
      const energy = history[at]! + slope * slope;
      history[at] = energy;
      weights[at]! -= (rate * slope) / Math.sqrt(energy);
    }
  }
}
