/** The features that training saw often enough, by hash. Feature `i` has hash `hashes[i]` and weight `idf[i]`. */
export interface Vocabulary {
  hashes: Int32Array;
  idf: Float32Array;
  /** What a feature outside the vocabulary weighs in a vector's length: unknown words make an answer less sure. */
  unseenIdf: number;
}

/** Chooses the vocabulary from document frequencies: at least `minimumRows` rows, at most `maximumFeatures` features,
 *  the most frequent first. Deterministic: ties and the final order go by hash. */
export function chooseVocabulary(
  frequencies: ReadonlyMap<number, number>,
  { rows, minimumRows, maximumFeatures }: { rows: number; minimumRows: number; maximumFeatures: number },
): Vocabulary {
  let kept = [...frequencies].filter(([, frequency]) => frequency >= minimumRows);
  if (kept.length > maximumFeatures) kept = kept.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, maximumFeatures);
  kept.sort((a, b) => a[0] - b[0]);
  return {
    hashes: Int32Array.from(kept, ([hash]) => hash),
    idf: Float32Array.from(kept, ([, frequency]) => inverseFrequency(frequency, rows)),
    unseenIdf: inverseFrequency(Math.min(1, rows), rows),
  };
}

/** idf = ln((1 + rows) / (1 + frequency)) + 1. */
export function inverseFrequency(frequency: number, rows: number): number {
  return Math.log((1 + rows) / (1 + frequency)) + 1;
}
