import type { Random } from '@retort/kernel';
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
}

export interface SampledRow {
  bases: Int32Array;
  values: Float32Array;
  length: number;
}

/** Reads a row with some of its features left out; the bias always stays. `bases` are the features times `stride`, where their
 *  weights begin. Scratch memory is reused. */
export function rowSampler(
  { rows, featureCount }: LearningProblem,
  { dropout, stride, random }: { dropout: number; stride: number; random: Random },
): (row: number) => SampledRow {
  const { offsets, features, values } = rows;
  let longest = 0;
  for (let row = 0; row + 1 < offsets.length; row++) longest = Math.max(longest, offsets[row + 1]! - offsets[row]!);
  const sample = { bases: new Int32Array(longest + 1), values: new Float32Array(longest + 1), length: 0 };
  // Drawn for every feature of every visit: xorshift32 (Marsaglia 2003) is random enough for that, and nearly free.
  let state = random.integer(0x7fffffff) + 1;
  const limit = Math.floor(dropout * 0x7fffffff);
  return (row) => {
    const { bases, values: kept } = sample;
    let length = 0;
    const end = offsets[row + 1]!;
    for (let entry = offsets[row]!; entry < end; entry++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      if ((state & 0x7fffffff) < limit) continue;
      bases[length] = features[entry]! * stride;
      kept[length++] = values[entry]!;
    }
    bases[length] = featureCount * stride;
    kept[length++] = 1;
    sample.length = length;
    return sample;
  };
}

/** sums = weightsᵀ · row, over all of a feature's `columns`. */
export function multiply(weights: Float32Array, { bases, values, length }: SampledRow, sums: Float64Array): void {
  const columns = sums.length;
  sums.fill(0);
  for (let entry = 0; entry < length; entry++) {
    const value = values[entry]!;
    const base = bases[entry]!;
    for (let column = 0; column < columns; column++) sums[column]! += value * weights[base + column]!;
  }
}

/** The same for the named columns only, into `sums` by column. */
export function multiplyColumns(
  weights: Float32Array,
  { bases, values, length }: SampledRow,
  columns: Int32Array,
  sums: Float64Array,
): void {
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    let sum = 0;
    for (let entry = 0; entry < length; entry++) sum += values[entry]! * weights[bases[entry]! + column]!;
    sums[column] = sum;
  }
}

/** What the softmax of one row needs to learn, and room for its answer. */
export interface CrossEntropy {
  /** Scores by class; those of moved classes become slopes. */
  scores: Float64Array;
  classes: Int32Array;
  label: number;
  weight: number;
  moved: Int32Array;
}

/** Turns scores into slopes of the weighted cross-entropy, in place, for the classes listed in `moved`; returns how many.
 *  Classes that would hardly move are left out: most of them, once the first epoch has passed. */
export function crossEntropySlopes({ scores, classes, label, moved, weight }: CrossEntropy): number {
  let maximum = -Infinity;
  for (let index = 0; index < classes.length; index++) {
    const score = scores[classes[index]!]!;
    if (score > maximum) maximum = score;
  }
  let sum = 0;
  for (let index = 0; index < classes.length; index++)
    sum += scores[classes[index]!] = Math.exp(scores[classes[index]!]! - maximum);
  let movedCount = 0;
  for (let index = 0; index < classes.length; index++) {
    const named = classes[index]!;
    const slope = scores[named]! / sum - (named === label ? 1 : 0);
    if (slope < SMALLEST_SLOPE && slope > -SMALLEST_SLOPE) continue;
    scores[named] = slope * weight;
    moved[movedCount++] = named;
  }
  return movedCount;
}

const SMALLEST_SLOPE = 1e-3;

export function shuffleInPlace(order: Int32Array, random: Random): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    const held = order[last]!;
    order[last] = order[other]!;
    order[other] = held;
  }
}
