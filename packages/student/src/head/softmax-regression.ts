import { seededRandom } from '@retort/kernel';
import { rowSampler, shuffleInPlace, type LearningProblem } from './rows.ts';

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
  const logits = new Float64Array(classCount);
  const order = Int32Array.from(problem.order);
  const all = Int32Array.from({ length: classCount }, (_, index) => index);
  const sample = rowSampler(problem, { dropout: options.dropout, stride: classCount, random });
  const moved = new Int32Array(classCount);
  const gradient = new Float64Array(classCount);
  const steps = options.epochs * order.length;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    onEpoch?.(epoch);
    shuffleInPlace(order, random);
    for (const row of order) {
      const rate = options.learningRate * (1 - step++ / steps);
      const { bases, values, length } = sample(row);
      const classes = offered[row] ?? all;
      logits.fill(0);
      for (let entry = 0; entry < length; entry++) {
        const value = values[entry]!;
        const base = bases[entry]!;
        for (let index = 0; index < classCount; index++) logits[index]! += value * weights[base + index]!;
      }
      let maximum = -Infinity;
      for (const index of classes) if (logits[index]! > maximum) maximum = logits[index]!;
      let sum = 0;
      for (const index of classes) sum += gradient[index] = Math.exp(logits[index]! - maximum);
      const label = labels[row]!;
      let movedCount = 0;
      for (const index of classes) {
        const difference = gradient[index]! / sum - (index === label ? 1 : 0);
        // What hardly moves is left where it is: most classes of most rows, once the first epoch has passed.
        if (Math.abs(difference) < 1e-3) continue;
        gradient[index] = difference * importance[row]!;
        moved[movedCount++] = index;
      }
      for (let entry = 0; entry < length; entry++) {
        const value = values[entry]!;
        const base = bases[entry]!;
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
  }
  return weights;
}
