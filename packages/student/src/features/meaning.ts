import type { FeatureBuffer } from './buffer.ts';
import { wordCount, wordHashAt } from './extract.ts';
import { hashTable } from './hash-table.ts';
import type { WordVectors } from './word-vectors.ts';

/** What a text's words mean, as one more block of its vector: words never seen in training are near to those that were. */
export interface Meaning {
  vectors: WordVectors;
  /** The length of the block. */
  weight: number;
}

/** Sums the vectors of the words in a buffer into a vector of unit length, or zero where none is known. The answer is
 *  overwritten by the next. */
export function meaningReader({
  hashes,
  bytes,
  scales,
  dimensions,
}: WordVectors): (buffer: FeatureBuffer) => Float32Array {
  const indexOf = indexOfWords(hashes);
  const sum = new Float64Array(dimensions);
  const unit = new Float32Array(dimensions);
  return (buffer) => {
    sum.fill(0);
    const words = wordCount(buffer);
    for (let word = 0; word < words; word++) {
      const index = indexOf(wordHashAt(buffer, word));
      if (index < 0) continue;
      const scale = scales[index]!;
      const base = index * dimensions;
      for (let dimension = 0; dimension < dimensions; dimension++) sum[dimension]! += scale * bytes[base + dimension]!;
    }
    let squares = 0;
    for (let dimension = 0; dimension < dimensions; dimension++) squares += sum[dimension]! * sum[dimension]!;
    const length = squares === 0 ? 1 : Math.sqrt(squares);
    for (let dimension = 0; dimension < dimensions; dimension++) unit[dimension] = sum[dimension]! / length;
    return unit;
  };
}

/** Counts how many of the words in buffers have a vector. */
export function knownWords({ hashes }: WordVectors): { count(buffer: FeatureBuffer): void; share(): number } {
  const indexOf = indexOfWords(hashes);
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

/** Many readers share one table, whose index takes a while to build. */
const indexes = new WeakMap<Int32Array, (hash: number) => number>();

function indexOfWords(hashes: Int32Array): (hash: number) => number {
  const known = indexes.get(hashes) ?? hashTable(hashes);
  indexes.set(hashes, known);
  return known;
}
