/** The features that training saw often enough, by hash. Feature `i` has hash `hashes[i]` and weight `idf[i]`. */
export interface Vocabulary {
  hashes: Int32Array;
  idf: Float32Array;
  /** What a feature outside the vocabulary weighs in a vector's length: unknown words make an answer less sure. */
  unseenIdf: number;
  /** Open addressing: slot → feature + 1; the size is a power of two. */
  slots: Int32Array;
}

export function vocabularyOf(hashes: Int32Array, idf: Float32Array, unseenIdf: number): Vocabulary {
  let size = 16;
  while (size < hashes.length * 2) size *= 2;
  const slots = new Int32Array(size);
  for (let feature = 0; feature < hashes.length; feature++) {
    let slot = hashes[feature]! & (size - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
    slots[slot] = feature + 1;
  }
  return { hashes, idf, unseenIdf, slots };
}

/** The feature with this hash, or -1. */
export function featureOf(vocabulary: Vocabulary, hash: number): number {
  const { slots, hashes } = vocabulary;
  const wrap = slots.length - 1;
  for (let slot = hash & wrap; ; slot = (slot + 1) & wrap) {
    const feature = slots[slot]! - 1;
    if (feature < 0 || hashes[feature] === hash) return feature;
  }
}

/** Chooses the vocabulary from document frequencies: at least `minimumRows` rows, at most `maximumFeatures` features,
 *  the most frequent first. Deterministic: ties and the final order go by hash.
 *  idf = ln((1 + rows) / (1 + frequency)) + 1. */
export function chooseVocabulary(
  frequencies: ReadonlyMap<number, number>,
  { rows, minimumRows, maximumFeatures }: { rows: number; minimumRows: number; maximumFeatures: number },
): Vocabulary {
  let kept = [...frequencies].filter(([, frequency]) => frequency >= minimumRows);
  if (kept.length > maximumFeatures) kept = kept.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, maximumFeatures);
  kept.sort((a, b) => a[0] - b[0]);
  const inverse = (frequency: number) => Math.log((1 + rows) / (1 + frequency)) + 1;
  return vocabularyOf(
    Int32Array.from(kept, ([hash]) => hash),
    Float32Array.from(kept, ([, frequency]) => inverse(frequency)),
    inverse(Math.min(1, rows)),
  );
}
