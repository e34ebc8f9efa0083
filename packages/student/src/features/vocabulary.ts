import { enterKeys, indexIn, slotsFor } from './hash-table.ts';

/** The features that training saw often enough, by hash. Feature `i` has hash `hashes[i]` and weight `idf[i]`. */
export interface Vocabulary {
  hashes: Int32Array;
  idf: Float32Array;
  /** What a feature outside the vocabulary weighs in a vector's length: unknown words make an answer less sure. */
  unseenIdf: number;
  /** Of a table of the hashes. */
  slots: Int32Array;
}

export function vocabularyOf(hashes: Int32Array, idf: Float32Array, unseenIdf: number): Vocabulary {
  const slots = new Int32Array(2 * slotsFor(hashes.length));
  enterKeys(slots, hashes, 2);
  return { hashes, idf, unseenIdf, slots };
}

/** The feature with this hash, or -1. */
export function featureOf({ slots }: Vocabulary, hash: number): number {
  return indexIn(slots, hash);
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
