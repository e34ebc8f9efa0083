import { readFileSync } from 'node:fs';
import { wordHash } from './words.ts';

/** Static vectors of words, one row of `dimensions` bytes each, a multiple of sixteen as all columns are: word `i` has the
 *  vector `scales[i] · bytes[i · dimensions …]`. */
export interface WordVectors {
  dimensions: number;
  /** The words, as `extract` hashes them. */
  hashes: Int32Array;
  bytes: Int8Array;
  scales: Float32Array;
}

let english: WordVectors | undefined;

/** The vectors of English words that come with this package (`word-vectors/README.md` says how they were made). */
export function englishWordVectors(): WordVectors {
  english ??= read('english');
  return english;
}

function read(name: string): WordVectors {
  const folder = new URL('../../word-vectors/', import.meta.url);
  const words = readFileSync(new URL(`${name}.words.txt`, folder), 'utf8')
    .trimEnd()
    .split('\n');
  const file = readFileSync(new URL(`${name}.vectors.bin`, folder));
  const { buffer } = Uint8Array.from(file);
  const width = 4 * words.length;
  return {
    dimensions: (file.length - width) / words.length,
    hashes: Int32Array.from(words, wordHash),
    scales: new Float32Array(buffer, 0, words.length),
    bytes: new Int8Array(buffer, width),
  };
}
