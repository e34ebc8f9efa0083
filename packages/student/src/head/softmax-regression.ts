import { seededRandom } from '@retort/kernel';
import { float32, int32, openArena, padded } from '../kernels/arena.ts';
import {
  distillationSlopes,
  longestRow,
  movedBlocks,
  passedOver,
  rowSampler,
  shuffleInPlace,
  type LearningProblem,
  type OnEpoch,
} from './rows.ts';

export interface SoftmaxOptions {
  epochs: number;
  learningRate: number;
  /** The share of a row's features left out at random on each visit. */
  dropout: number;
  seed: number | string;
}

/** Multinomial logistic regression on sparse rows by stochastic gradient descent with AdaGrad steps per weight,
 *  decreasing linearly to zero. Returns one row of weights per feature, the bias last, each `padded(classCount)` long.
 *  Only the offered classes compete in the softmax. */
export function trainSoftmax(problem: LearningProblem, options: SoftmaxOptions, onEpoch?: OnEpoch): Float32Array {
  const { classCount, featureCount, labels, weights: importance, offered, softTargets } = problem;
  const random = seededRandom(options.seed);
  const columns = padded(classCount);
  const longest = longestRow(problem);
  const { kernels, arrays } = openArena({
    weights: float32((featureCount + 1) * columns),
    energies: float32((featureCount + 1) * columns),
    bases: int32(longest),
    values: float32(longest),
    scores: float32(columns),
    slopes: float32(columns),
    blocks: int32(columns / 4),
  });
  const { weights, energies, bases, values, scores, slopes, blocks } = arrays;
  energies.fill(INITIAL_ENERGY);
  const order = Int32Array.from(problem.order);
  const all = Int32Array.from({ length: classCount }, (_, index) => index);
  const sample = rowSampler(problem, arrays, { dropout: options.dropout, stride: columns, random });
  const steps = options.epochs * order.length;
  const [from, at, by, to] = [weights.byteOffset, bases.byteOffset, values.byteOffset, scores.byteOffset];
  const passed = passedOver(labels.length);
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    let loss = 0;
    let visited = 0;
    shuffleInPlace(order, random);
    for (let position = 0; position < order.length; position++) {
      const row = order[position]!;
      const rate = options.learningRate * (1 - step++ / steps);
      if (passed.next(row)) continue;
      visited++;
      const length = sample(row);
      kernels.product(from, at, by, length, columns, to);
      const classes = offered[row] ?? all;
      loss += distillationSlopes({
        scores,
        slopes,
        classes,
        label: labels[row]!,
        softTarget: softTargets[row]!,
        weight: importance[row]!,
      });
      const moved = movedBlocks(slopes, blocks);
      if (moved === 0) passed.taughtNothing(row);
      else
        kernels.descend(from, energies.byteOffset, at, by, length, slopes.byteOffset, blocks.byteOffset, moved, rate);
    }
    onEpoch?.(epoch, loss / Math.max(1, visited));
  }
  return weights;
}

/** Keeps AdaGrad's first steps from being as large as its last are small. */
export const INITIAL_ENERGY = 1e-3;
