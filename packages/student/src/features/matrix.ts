import type { JsonObject } from '@retort/kernel';
import { openArena } from '../kernels/arena.ts';
import { extract, extractCharacters } from './extract.ts';
import { BLOCKS, featureBuffer } from './buffer.ts';
import { knownWords, meaningReader, type Meaning } from './meaning.ts';
import type { FeatureSpace } from './space.ts';
import { learnStructure } from './structure.ts';
import { chooseVocabulary, inverseFrequency } from './vocabulary.ts';
import { featureTable, knownShare, vectorizer, vectorPlaces, type SparseRows, type SparseVector } from './vectors.ts';

export interface FeatureOptions {
  minimumRows: number;
  maximumFeatures: number;
  blockWeights: readonly number[];
  /** The tool called at each context; undefined where it must not be looked at. */
  tools?: readonly (string | null | undefined)[];
  /** What words are known to mean; it is left out where the contexts speak another language. */
  meaning?: Meaning | undefined;
}

/** The share of words that must have a vector for their meaning to be read: about as many as English has in a text of
 *  names, numbers and codes. */
const FEWEST_KNOWN = 0.3;

/** Learns structure and vocabulary of contexts. Of the calls only the thresholds are learnt, from those that `tools` names.
 *  `scarceIdf`: the weight of features that as few rows have as the vocabulary asks for. */
export function learnFeatures(
  contexts: readonly JsonObject[],
  options: FeatureOptions,
): { space: FeatureSpace; scarceIdf: number } {
  const structure = learnStructure(contexts, options.tools);
  const buffer = featureBuffer();
  const frequencies = new Map<number, number>();
  const words = options.meaning && knownWords(options.meaning.vectors);
  for (const context of contexts) {
    extract(context, structure, buffer);
    extractCharacters(buffer);
    words?.count(buffer.words);
    const seen = new Set<number>();
    for (let position = 0; position < buffer.length; position++) seen.add(buffer.hashes[position]!);
    for (const hash of seen) frequencies.set(hash, (frequencies.get(hash) ?? 0) + 1);
  }
  const vocabulary = chooseVocabulary(frequencies, { ...options, rows: contexts.length });
  const space: FeatureSpace = {
    vocabulary,
    structure,
    blockWeights: options.blockWeights,
    ...(options.meaning && words && words.share() >= FEWEST_KNOWN && { meaning: options.meaning }),
  };
  return { space, scarceIdf: Math.fround(inverseFrequency(options.minimumRows, contexts.length)) };
}

/** The sparse rows of contexts in a feature space, and how much of each the vocabulary knows. Of contexts that it was learnt from,
 *  a vocabulary of the others would know less: features from `scarceIdf` on are then too few, and count as unknown. */
export function featureRows(
  contexts: readonly JsonObject[],
  space: FeatureSpace,
  scarceIdf = Infinity,
): { rows: SparseRows; known: Float32Array } {
  const buffer = featureBuffer();
  const table = featureTable(space);
  const { weigh } = vectorizer({ ...space, table }, openArena(vectorPlaces({ ...space, table })));
  const meaningOf = space.meaning && meaningReader(space.meaning.vectors).unitOf;
  const offsets = new Int32Array(contexts.length + 1);
  const known = new Float32Array(contexts.length);
  let features = new Int32Array(contexts.length * 128 + 1024);
  let values = new Float32Array(features.length);
  let length = 0;
  contexts.forEach((context, row) => {
    extract(context, space.structure, buffer);
    extractCharacters(buffer);
    const vector = weigh(buffer, BLOCKS.length);
    const knownWeight = vector.knownWeight - squaresFrom(vector, { idf: space.vocabulary.idf, scarceIdf });
    known[row] = knownShare({ allWeight: vector.allWeight, knownWeight });
    if (meaningOf) append(vector, meaningOf(buffer.words), space);
    if (length + vector.length > features.length) {
      features = grown(features, new Int32Array((length + vector.length) * 2));
      values = grown(values, new Float32Array(features.length));
    }
    features.set(vector.features.subarray(0, vector.length), length);
    values.set(vector.values.subarray(0, vector.length), length);
    length += vector.length;
    offsets[row + 1] = length;
  });
  return { rows: { offsets, features: features.slice(0, length), values: values.slice(0, length) }, known };
}

/** The squares of a vector's features that weigh so much, or more. */
function squaresFrom(
  { features, values, length }: SparseVector,
  { idf, scarceIdf }: { idf: Float32Array; scarceIdf: number },
): number {
  let squares = 0;
  for (let entry = 0; entry < length; entry++)
    if (idf[features[entry]!]! >= scarceIdf) squares += values[entry]! * values[entry]!;
  return squares;
}

/** What the words mean comes behind the features of the vocabulary. */
function append(vector: SparseVector, unit: Float32Array, { vocabulary, meaning }: FeatureSpace): void {
  for (let dimension = 0; dimension < unit.length; dimension++) {
    vector.features[vector.length] = vocabulary.hashes.length + dimension;
    vector.values[vector.length++] = meaning!.weight * unit[dimension]!;
  }
}

function grown<Numbers extends Int32Array | Float32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
