import { BLOCKS, type FeatureBuffer } from './buffer.ts';
import { featureOf, type Vocabulary } from './vocabulary.ts';

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

export interface Vectorizer {
  vocabulary: Vocabulary;
  blockWeights: readonly number[];
  /** Occurrences by feature; all zero between calls. */
  counts: Float32Array;
  vector: SparseVector;
}

export function vectorizer(vocabulary: Vocabulary, blockWeights: readonly number[]): Vectorizer {
  return {
    vocabulary,
    blockWeights,
    counts: new Float32Array(vocabulary.hashes.length),
    vector: { features: new Int32Array(1024), values: new Float32Array(1024), length: 0, known: 0 },
  };
}

/** Weighs the buffer's features: (1 + ln tf)·idf, each block scaled to its own weight as length. */
export function vectorize(
  { vocabulary, blockWeights, counts, vector }: Vectorizer,
  buffer: FeatureBuffer,
): SparseVector {
  if (vector.features.length < buffer.length) {
    vector.features = new Int32Array(buffer.length * 2);
    vector.values = new Float32Array(buffer.length * 2);
  }
  const { features, values } = vector;
  let length = 0;
  let knownWeight = 0;
  let allWeight = 0;
  let position = 0;
  for (let block = 0; block < BLOCKS.length; block++) {
    const start = length;
    let unseen = 0;
    for (; position < buffer.ends[block]!; position++) {
      const feature = featureOf(vocabulary, buffer.hashes[position]!);
      if (feature < 0) unseen++;
      else if (counts[feature]!++ === 0) features[length++] = feature;
    }
    let squares = 0;
    for (let entry = start; entry < length; entry++) {
      const feature = features[entry]!;
      const value = (1 + Math.log(counts[feature]!)) * vocabulary.idf[feature]!;
      counts[feature] = 0;
      values[entry] = value;
      squares += value * value;
    }
    const total = squares + unseen * vocabulary.unseenIdf * vocabulary.unseenIdf;
    if (total === 0) continue;
    const weight = blockWeights[block]!;
    const scale = weight / Math.sqrt(total);
    for (let entry = start; entry < length; entry++) values[entry]! *= scale;
    knownWeight += (weight * weight * squares) / total;
    allWeight += weight * weight;
  }
  vector.length = length;
  vector.known = allWeight === 0 ? 0 : knownWeight / allWeight;
  return vector;
}
