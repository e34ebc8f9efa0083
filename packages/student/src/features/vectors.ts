import { CHARACTERS, type FeatureBuffer } from './buffer.ts';
import {
  float32,
  float64,
  frameOf,
  int32,
  offsetsOf,
  writeFrame,
  type Arrays,
  type Kernels,
} from '../kernels/arena.ts';
import { bucketTable, numbersOf, type BucketTable } from './hash-table.ts';
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
  /** Of the squares of the blocks' weights, what the vocabulary knows, and all. */
  knownWeight: number;
  allWeight: number;
}

/** What weighing requests takes of an arena. */
export interface VectorArena {
  kernels: Kernels;
  arrays: Arrays<ReturnType<typeof vectorPlaces>>;
}

type Weighed = Pick<FeatureSpace, 'vocabulary' | 'meaning'> & { table: BucketTable };

/** The vocabulary as the kernels look it up. */
export function featureTable({ vocabulary: { hashes } }: Pick<FeatureSpace, 'vocabulary'>): BucketTable {
  return bucketTable(hashes, numbersOf(hashes));
}

export function vectorPlaces({ vocabulary, meaning, table }: Weighed) {
  // With what the words mean, and one more for whoever adds to the vector.
  const longest = MOST_HASHES + (meaning?.vectors.dimensions ?? 0) + 1;
  return {
    table: int32(table.numbers.length),
    idf: float32(2 * (vocabulary.hashes.length + 1)),
    hashes: int32(MOST_HASHES),
    features: int32(longest),
    values: float32(longest),
    squares: float64(2),
    unseenIdf: float64(1),
    weighFrame: frameOf('weigh'),
  };
}

/** Of a request with more the first are weighed: only one that was made up for it has as many. */
const MOST_HASHES = 1 << 17;

/** Weighs the features of requests for one vocabulary. */
export interface Vectorizer {
  /** (1 + ln tf)·idf of the features in the first blocks of a buffer, each block scaled to its own weight as length. In that of
   *  the characters what a word's have is added to what the others' have, so that a word weighs the same in every text. The
   *  vector is overwritten by the next. */
  weigh(buffer: FeatureBuffer, blocks: number): SparseVector;
  /** The same of the characters of one word alone, not scaled: entries in the arrays of the vector, and the squares of its
   *  length, of what is known and of all. */
  spell(characters: readonly number[]): { length: number; known: number; all: number };
}

export function vectorizer(
  { vocabulary, blockWeights, table }: Weighed & Pick<FeatureSpace, 'blockWeights'>,
  { kernels, arrays }: VectorArena,
): Vectorizer {
  const { idf, unseenIdf } = vocabulary;
  const { hashes, features, values, squares, weighFrame } = arrays;
  arrays.table.set(table.numbers);
  for (let feature = 0; feature < idf.length; feature++) arrays.idf[2 * (feature + 1)] = idf[feature]!;
  arrays.unseenIdf[0] = unseenIdf;
  writeFrame('weigh', weighFrame, { ...offsetsOf(arrays), mask: table.buckets - 1 });
  const weighBlock = (from: number, count: number, block: number, entry: number) =>
    kernels.weigh(weighFrame.byteOffset, hashes.byteOffset + 4 * from, count, block === CHARACTERS, entry);
  const vector = { features, values, length: 0, knownWeight: 0, allWeight: 0 };
  return {
    weigh(buffer, blocks) {
      const end = Math.min(buffer.ends[blocks - 1]!, MOST_HASHES);
      for (let position = 0; position < end; position++) hashes[position] = buffer.hashes[position]!;
      vector.length = vector.knownWeight = vector.allWeight = 0;
      for (let block = 0, from = 0; block < blocks; block++) {
        const to = Math.min(buffer.ends[block]!, end);
        if (to === from) continue;
        const start = vector.length;
        vector.length += weighBlock(from, to - from, block, start);
        const scale = enterBlock(vector, blockWeights[block]!, squares[0]!, squares[1]!);
        for (let entry = start; entry < vector.length; entry++) values[entry]! *= scale;
        from = to;
      }
      return vector;
    },
    spell(characters) {
      for (let position = 0; position < characters.length; position++) hashes[position] = characters[position]!;
      const length = weighBlock(0, characters.length, CHARACTERS, 0);
      return { length, known: squares[0]!, all: squares[1]! };
    },
  };
}

/** Counts a block of a vector as known and all by its squares; returns what scales its weights. */
export function enterBlock(vector: SparseVector, weight: number, known: number, all: number): number {
  if (all === 0) return 0;
  vector.knownWeight += (weight * weight * known) / all;
  vector.allWeight += weight * weight;
  return weight / Math.sqrt(all);
}

/** The share of a vector's weight that the vocabulary knows, 0 to 1. */
export function knownShare({ knownWeight, allWeight }: Pick<SparseVector, 'knownWeight' | 'allWeight'>): number {
  return allWeight === 0 ? 0 : Math.fround(Math.max(0, knownWeight) / allWeight);
}
