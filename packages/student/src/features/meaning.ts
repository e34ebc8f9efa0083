import type { FeatureBuffer } from './buffer.ts';
import { MAXIMUM_TOKENS, wordCount, wordHashAt } from './extract.ts';
import { float32, float64, int32, int8, openRoom } from '../kernels/room.ts';
import { bucketTable, hashTable, numbersOf } from './hash-table.ts';
import type { WordVectors } from './word-vectors.ts';

/** What a text's words mean, as one more block of its vector: words never seen in training are near to those that were. */
export interface Meaning {
  vectors: WordVectors;
  /** The length of the block. */
  weight: number;
}

/** Sums the vectors of the words in a buffer into a vector of unit length, or zero where none is known. The answer is
 *  overwritten by the next reading of the same vectors. */
export function meaningReader(vectors: WordVectors): (buffer: FeatureBuffer) => Float32Array {
  const known = readers.get(vectors) ?? openReader(vectors);
  readers.set(vectors, known);
  return known;
}

/** Many read the same vectors, which take room. */
const readers = new WeakMap<WordVectors, (buffer: FeatureBuffer) => Float32Array>();

function openReader({ hashes, bytes, scales, dimensions }: WordVectors): (buffer: FeatureBuffer) => Float32Array {
  const table = bucketTable(hashes, numbersOf(hashes));
  const { kernels, arrays } = openRoom({
    table: int32(table.numbers.length),
    bytes: int8(bytes.length),
    scales: float32(scales.length),
    words: int32(2 * MAXIMUM_TOKENS),
    sums: float64(dimensions),
    unit: float32(dimensions),
  });
  arrays.table.set(table.numbers);
  arrays.bytes.set(bytes);
  arrays.scales.set(scales);
  const { words, unit } = arrays;
  return (buffer) => {
    const count = wordCount(buffer);
    for (let at = 0; at < 2 * count; at++) words[at] = buffer.hashes[at]!;
    kernels.meaning(
      arrays.table.byteOffset,
      table.buckets - 1,
      arrays.bytes.byteOffset,
      arrays.scales.byteOffset,
      dimensions,
      words.byteOffset,
      count,
      arrays.sums.byteOffset,
      unit.byteOffset,
    );
    return unit;
  };
}

/** Counts how many of the words in buffers have a vector. */
export function knownWords({ hashes }: WordVectors): { count(buffer: FeatureBuffer): void; share(): number } {
  const indexOf = hashTable(hashes);
  let known = 0;
  let all = 0;
  return {
    count(buffer) {
      const words = wordCount(buffer);
      for (let word = 0; word < words; word++) if (indexOf(wordHashAt(buffer, word)) >= 0) known++;
      all += words;
    },
    share: () => (all === 0 ? 0 : known / all),
  };
}
