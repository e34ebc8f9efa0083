import type { JsonObject } from '@retort/kernel';
import { extract } from './extract.ts';
import { readContext } from './context.ts';
import { featureBuffer } from './buffer.ts';
import { learnBuckets, type NumberBuckets } from './numbers.ts';
import { chooseVocabulary, type Vocabulary } from './vocabulary.ts';
import { vectorize, vectorizer, type SparseRows } from './vectors.ts';

export interface FeatureSpace {
  vocabulary: Vocabulary;
  buckets: NumberBuckets;
  blockWeights: readonly number[];
}

export interface FeatureOptions {
  minimumRows: number;
  maximumFeatures: number;
  blockWeights: readonly number[];
}

/** Learns number buckets and vocabulary from contexts alone (no label is looked at) and returns their sparse rows. */
export function learnFeatures(
  contexts: readonly JsonObject[],
  options: FeatureOptions,
): { space: FeatureSpace; rows: SparseRows; known: Float32Array } {
  const buckets = learnBuckets(collectNumbers(contexts));
  const buffer = featureBuffer();
  const frequencies = new Map<number, number>();
  for (const context of contexts) {
    extract(context, buckets, buffer);
    const seen = new Set<number>();
    for (let position = 0; position < buffer.length; position++) seen.add(buffer.hashes[position]!);
    for (const hash of seen) frequencies.set(hash, (frequencies.get(hash) ?? 0) + 1);
  }
  const vocabulary = chooseVocabulary(frequencies, { ...options, rows: contexts.length });
  const space = { vocabulary, buckets, blockWeights: options.blockWeights };
  return { space, ...featureRows(contexts, space) };
}

/** The sparse rows of contexts in a feature space, and how much of each the vocabulary knows. */
export function featureRows(
  contexts: readonly JsonObject[],
  { vocabulary, buckets, blockWeights }: FeatureSpace,
): { rows: SparseRows; known: Float32Array } {
  const buffer = featureBuffer();
  const into = vectorizer(vocabulary, blockWeights);
  const offsets = new Int32Array(contexts.length + 1);
  const known = new Float32Array(contexts.length);
  let features = new Int32Array(contexts.length * 128 + 1024);
  let values = new Float32Array(features.length);
  let length = 0;
  contexts.forEach((context, row) => {
    extract(context, buckets, buffer);
    const vector = vectorize(into, buffer);
    if (length + vector.length > features.length) {
      features = grown(features, new Int32Array((length + vector.length) * 2));
      values = grown(values, new Float32Array(features.length));
    }
    features.set(vector.features.subarray(0, vector.length), length);
    values.set(vector.values.subarray(0, vector.length), length);
    length += vector.length;
    offsets[row + 1] = length;
    known[row] = vector.known;
  });
  return { rows: { offsets, features: features.slice(0, length), values: values.slice(0, length) }, known };
}

function grown<Numbers extends Int32Array | Float32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}

function collectNumbers(contexts: readonly JsonObject[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const context of contexts)
    for (const { path, value } of readContext(context).leaves) {
      if (typeof value !== 'number' || !Number.isFinite(value)) continue;
      const list = numbers.get(path);
      if (list) list.push(value);
      else numbers.set(path, [value]);
    }
  return numbers;
}
