import { float32, int32, int8, openArena } from '../kernels/arena.ts';
import { bucketTable, hashTable, numbersOf } from './hash-table.ts';
import type { WordVectors } from './word-vectors.ts';
import type { Word } from './words.ts';

/** What a text's words mean, as one more block of its vector: words never seen in training are near to those that were. */
export interface Meaning {
  vectors: WordVectors;
  /** The length of the block. */
  weight: number;
}

/** Its answers are overwritten by the next reading of the same vectors. */
export interface MeaningReader {
  /** The sum of the words' vectors; a word that has none adds nothing. */
  sumOf(words: readonly Word[]): Float32Array;
  /** The same at unit length, or zero where no word is known. */
  unitOf(words: readonly Word[]): Float32Array;
}

export function meaningReader(vectors: WordVectors): MeaningReader {
  const known = readers.get(vectors) ?? openReader(vectors);
  readers.set(vectors, known);
  return known;
}

/** Many read the same vectors, which take memory. */
const readers = new WeakMap<WordVectors, MeaningReader>();

function openReader({ hashes, bytes, scales, dimensions }: WordVectors): MeaningReader {
  const table = bucketTable(hashes, numbersOf(hashes));
  const { kernels, arrays } = openArena({
    table: int32(table.numbers.length),
    bytes: int8(bytes.length),
    scales: float32(scales.length),
    sums: float32(dimensions),
  });
  arrays.table.set(table.numbers);
  arrays.bytes.set(bytes);
  arrays.scales.set(scales);
  const { sums } = arrays;
  const vectorsAt = [
    arrays.table.byteOffset,
    table.buckets - 1,
    arrays.bytes.byteOffset,
    arrays.scales.byteOffset,
  ] as const;
  const sumOf = (words: readonly Word[]) => {
    sums.fill(0);
    for (const { named } of words) kernels.addMeaning(...vectorsAt, dimensions, named, sums.byteOffset);
    return sums;
  };
  return {
    sumOf,
    unitOf(words) {
      const scale = inverseLength(sumOf(words));
      for (let dimension = 0; dimension < dimensions; dimension++) sums[dimension]! *= scale;
      return sums;
    },
  };
}

/** What scales a vector to unit length; 0 for one of none. */
export function inverseLength(vector: Float32Array): number {
  let squares = 0;
  for (let dimension = 0; dimension < vector.length; dimension++) squares += vector[dimension]! * vector[dimension]!;
  return squares === 0 ? 0 : 1 / Math.sqrt(squares);
}

/** Counts how many words have a vector. */
export function knownWords({ hashes }: WordVectors): { count(words: readonly Word[]): void; share(): number } {
  const indexOf = hashTable(hashes);
  let known = 0;
  let all = 0;
  return {
    count(words) {
      for (const { named } of words) if (indexOf(named) >= 0) known++;
      all += words.length;
    },
    share: () => (all === 0 ? 0 : known / all),
  };
}
