import { wordReader, type Word } from './words.ts';

/** The parts of a request that are weighted against each other: each is scaled to its own length. */
export const BLOCKS = ['words', 'pairs', 'dialogue', 'structure', 'crossed', 'characters'] as const;

/** Where the characters are among the blocks: behind those that `extract` fills. */
export const CHARACTERS = BLOCKS.length - 1;

/** Hashed features of one request, block after block; reused from request to request. */
export interface FeatureBuffer {
  hashes: Int32Array;
  length: number;
  /** End of each block in `hashes`, in the order of BLOCKS. */
  ends: Int32Array;
  /** The words of the text itself, in their order. */
  words: readonly Word[];
  readonly readWord: (text: string) => Word;
}

export function featureBuffer(): FeatureBuffer {
  return {
    hashes: new Int32Array(4096),
    length: 0,
    ends: new Int32Array(BLOCKS.length),
    words: [],
    readWord: wordReader(),
  };
}

export function emit(buffer: FeatureBuffer, hash: number): void {
  if (buffer.length === buffer.hashes.length) {
    const larger = new Int32Array(buffer.hashes.length * 2);
    larger.set(buffer.hashes);
    buffer.hashes = larger;
  }
  buffer.hashes[buffer.length++] = hash;
}
