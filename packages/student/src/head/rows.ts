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
  let longest = 0;
  for (let row = 0; row + 1 < rows.offsets.length; row++)
    longest = Math.max(longest, rows.offsets[row + 1]! - rows.offsets[row]!);
  const sample = { bases: new Int32Array(longest + 1), values: new Float32Array(longest + 1), length: 0 };
  return (row: number) => {
    let length = 0;
    const end = rows.offsets[row + 1]!;
    for (let entry = rows.offsets[row]!; entry < end; entry++) {
      if (dropout > 0 && random.next() < dropout) continue;
      sample.bases[length] = rows.features[entry]! * stride;
      sample.values[length++] = rows.values[entry]!;
    }
    sample.bases[length] = featureCount * stride;
    sample.values[length++] = 1;
    sample.length = length;
    return sample;
  };
}

export function shuffleInPlace(order: Int32Array, random: Random): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    const held = order[last]!;
    order[last] = order[other]!;
    order[other] = held;
  }
}
