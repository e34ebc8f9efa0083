import { BLOCKS, type FeatureBuffer } from './buffer.ts';
import { float32, float64, int32, openRoom } from '../kernels/room.ts';
import { bucketTable, numbersOf } from './hash-table.ts';
import { meaningReader } from './meaning.ts';
import type { FeatureSpace } from './space.ts';

/** Sparse rows, one after another: row `r` has entries `offsets[r]` to `offsets[r + 1]`. */
export interface SparseRows {
  offsets: Int32Array;
  features: Int32Array;
  values: Float32Array;
}

/** One sparse vector, reused from request to request. */
export interface SparseVector {
  features: Int32Array;
  values: Float32Array;
  length: number;
  /** The share of the vector's weight that the vocabulary knows, 0 to 1. */
  known: number;
}

/** Reads requests for one vocabulary, with its own scratch memory. */
export interface Vectorizer {
  /** Weighs the buffer's features: (1 + ln tf)·idf, each block scaled to its own weight as length; and what its words mean
   *  together. The vector is overwritten by the next. */
  weigh(buffer: FeatureBuffer): SparseVector;
}

export function vectorizer({ vocabulary, blockWeights, meaning }: Omit<FeatureSpace, 'structure'>): Vectorizer {
  const { hashes, idf, unseenIdf } = vocabulary;
  const readMeaning = meaning && meaningReader(meaning.vectors);
  const dimensions = meaning?.vectors.dimensions ?? 0;
  const table = bucketTable(hashes, numbersOf(hashes));
  const { kernels, arrays } = openRoom({
    table: int32(table.numbers.length),
    idf: float32(2 * (hashes.length + 1)),
    blockWeights: float64(BLOCKS.length),
    known: float64(1),
    ends: int32(BLOCKS.length),
    hashes: int32(MOST_HASHES),
    features: int32(MOST_HASHES + dimensions),
    values: float32(MOST_HASHES + dimensions),
  });
  arrays.table.set(table.numbers);
  for (let feature = 0; feature < idf.length; feature++) arrays.idf[2 * (feature + 1)] = idf[feature]!;
  arrays.blockWeights.set(blockWeights);
  const vector = { features: arrays.features, values: arrays.values, length: 0, known: 0 };
  return {
    weigh(buffer) {
      const length = Math.min(buffer.length, MOST_HASHES);
      for (let position = 0; position < length; position++) arrays.hashes[position] = buffer.hashes[position]!;
      for (let block = 0; block < BLOCKS.length; block++) arrays.ends[block] = Math.min(buffer.ends[block]!, length);
      vector.length = kernels.weigh(
        arrays.table.byteOffset,
        table.buckets - 1,
        arrays.idf.byteOffset,
        arrays.hashes.byteOffset,
        arrays.ends.byteOffset,
        arrays.blockWeights.byteOffset,
        BLOCKS.length,
        unseenIdf,
        arrays.features.byteOffset,
        arrays.values.byteOffset,
        arrays.known.byteOffset,
      );
      vector.known = arrays.known[0]!;
      if (readMeaning) append(vector, readMeaning(buffer), { from: hashes.length, weight: meaning.weight });
      return vector;
    },
  };
}

/** More than any request has, whose parts are all bounded. */
const MOST_HASHES = 1 << 17;

function append(vector: SparseVector, meaning: Float32Array, { from, weight }: { from: number; weight: number }): void {
  for (let dimension = 0; dimension < meaning.length; dimension++) {
    vector.features[vector.length] = from + dimension;
    vector.values[vector.length++] = weight * meaning[dimension]!;
  }
}
