import type { Meaning } from './meaning.ts';
import type { Structure } from './structure.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How requests become vectors: the features of the vocabulary, then the dimensions of their words' meaning. */
export interface FeatureSpace {
  vocabulary: Vocabulary;
  structure: Structure;
  blockWeights: readonly number[];
  /** Absent where the words of the requests are not among those whose vectors are known. */
  meaning?: Meaning;
}

/** Entries that a vector may have; feature `i` of the vocabulary is entry `i`. */
export function featureCount({ vocabulary, meaning }: Pick<FeatureSpace, 'vocabulary' | 'meaning'>): number {
  return vocabulary.hashes.length + (meaning?.vectors.dimensions ?? 0);
}
