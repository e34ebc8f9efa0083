import type { Random } from '@retort/kernel';
import { distillation } from '../soft-target.ts';
import type { SparseRows } from '../features/vectors.ts';

export interface LearningProblem {
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
  /** The teacher's softened probabilities of the classes on offer, in their order; `null` where it gave none. */
  softTargets: readonly (Float64Array | null)[];
}

/** The most features of a row, the bias included. */
export function longestRow({ rows: { offsets } }: LearningProblem): number {
  let longest = 0;
  for (let row = 0; row + 1 < offsets.length; row++) longest = Math.max(longest, offsets[row + 1]! - offsets[row]!);
  return longest + 1;
}

/** Reads a row with some of its features left out into `bases` (the features times `stride`, where their weights begin) and
 *  `values`, and says how many there are. The bias always stays, as the last. */
export function rowSampler(
  { rows, featureCount }: LearningProblem,
  to: { bases: Int32Array; values: Float32Array },
  { dropout, stride, random }: { dropout: number; stride: number; random: Random },
): (row: number) => number {
  const { offsets, features, values } = rows;
  const { bases, values: kept } = to;
  // Drawn for every feature of every visit: xorshift32 (Marsaglia 2003) is random enough for that, and nearly free.
  let state = random.integer(0x7fffffff) + 1;
  const limit = Math.floor(dropout * 0x7fffffff);
  return (row) => {
    let length = 0;
    const end = offsets[row + 1]!;
    for (let entry = offsets[row]!; entry < end; entry++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      // Written in any case, and kept or not: a branch would be taken at random.
      bases[length] = features[entry]! * stride;
      kept[length] = values[entry]!;
      length += 1 + (((state & 0x7fffffff) - limit) >> 31);
    }
    bases[length] = featureCount * stride;
    kept[length++] = 1;
    return length;
  };
}

/** What the softmax of one row has to learn from, and where its answer goes. */
export interface DistillationStep {
  /** By class. */
  scores: Float32Array;
  /** By class; zero for those that were not on offer. */
  slopes: Float32Array;
  classes: Int32Array;
  label: number;
  softTarget: Float64Array | null;
  weight: number;
}

/** Turns scores into slopes of the weighted loss: of the cross-entropy with the teacher's choice, or, where it gave its
 *  probabilities, of the loss of distillation with both. Classes that would hardly move get none: most of them, once the first
 *  epoch has passed. Returns the negative log-likelihood of the teacher's choice, in nats. */
export function distillationSlopes({ scores, slopes, classes, label, softTarget, weight }: DistillationStep): number {
  const { temperature, alpha } = distillation;
  let maximum = -Infinity;
  for (let index = 0; index < classes.length; index++) {
    const score = scores[classes[index]!]!;
    if (score > maximum) maximum = score;
  }
  let sum = 0;
  let softSum = 0;
  slopes.fill(0);
  for (let index = 0; index < classes.length; index++) {
    const named = classes[index]!;
    const behind = scores[named]! - maximum;
    // An exponential costs more than all else here, and most classes are far behind.
    if (behind > NEGLIGIBLE) sum += slopes[named] = Math.exp(behind);
    if (softTarget) softSum += Math.exp((scores[named]! - maximum) / temperature);
  }
  for (let index = 0; index < classes.length; index++) {
    const named = classes[index]!;
    let slope = slopes[named]! / sum - (named === label ? 1 : 0);
    if (softTarget) {
      const soft = Math.exp((scores[named]! - maximum) / temperature) / softSum - softTarget[index]!;
      slope = (1 - alpha) * slope + alpha * temperature * soft;
    }
    slopes[named] = slope < SMALLEST_SLOPE && slope > -SMALLEST_SLOPE ? 0 : slope * weight;
  }
  return Math.log(sum) - (scores[label]! - maximum);
}

/** Hears of an epoch that is over, and the mean loss of its rows as they were met, features left out and all. */
export type OnEpoch = (epoch: number, loss: number) => void;

const SMALLEST_SLOPE = 1e-3;
/** e to this is less than a hundredth of the smallest slope. */
const NEGLIGIBLE = -12;

/** Which rows may be passed over in this epoch: those that taught nothing when they were met last, every other time. */
export function passedOver(rows: number): { next(row: number): boolean; taughtNothing(row: number): void } {
  const resting = new Uint8Array(rows);
  return {
    next(row) {
      const rests = resting[row] === 1;
      resting[row] = 0;
      return rests;
    },
    taughtNothing(row) {
      resting[row] = 1;
    },
  };
}

/** Random numbers in [0, 1) for what is drawn at every step: xorshift32 (Marsaglia 2003) is random enough, and nearly free. */
export function quickRandom(random: Random): () => number {
  let state = random.integer(0x7fffffff) + 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state & 0x7fffffff) / 0x80000000;
  };
}

/** Names the blocks of four columns in which some slope is not zero; returns how many. */
export function movedBlocks(slopes: Float32Array, blocks: Int32Array): number {
  let count = 0;
  for (let column = 0; column < slopes.length; column += 4)
    if (slopes[column] !== 0 || slopes[column + 1] !== 0 || slopes[column + 2] !== 0 || slopes[column + 3] !== 0)
      blocks[count++] = column;
  return count;
}

export function shuffleInPlace(order: Int32Array, random: Random): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    const held = order[last]!;
    order[last] = order[other]!;
    order[other] = held;
  }
}
