import { hashTable } from '../../features/hash-table.ts';
import { openArena } from '../../kernels/arena.ts';
import type { Gazetteer } from './gazetteer.ts';
import { enterGazetteer, extractFeatures, featurePlaces, type TaggedText, type ToolSlots } from './features.ts';

export interface LabelledText extends TaggedText {
  tool: ToolSlots;
  /** The tool's own label of each token. */
  labels: Int16Array;
  own: ReadonlySet<number>;
}

/** Texts with their features as indices into `keys`: extracted once, trained on once per fold. */
export interface PreparedTexts {
  texts: readonly LabelledText[];
  keys: Int32Array;
  features: Int32Array[];
  offsets: Int32Array[];
}

export function prepareTexts(texts: readonly LabelledText[], gazetteer: Gazetteer): PreparedTexts {
  const slotCount = texts[0]?.tool.slotIndex.length ?? 0;
  const arena = { gazetteer, ...openArena(featurePlaces(gazetteer, slotCount)) };
  enterGazetteer(arena);
  const seen = new Map<number, number>();
  const hashed: Int32Array[] = [];
  const ends: Int32Array[] = [];
  for (const text of texts) {
    extractFeatures(text, arena);
    const { count } = text.tokens;
    const offsets = arena.arrays.offsets.slice(0, count + 1);
    const hashes = arena.arrays.hashes.slice(0, offsets[count]);
    for (let at = 0; at < hashes.length; at++) seen.set(hashes[at]!, (seen.get(hashes[at]!) ?? 0) + 1);
    hashed.push(hashes);
    ends.push(offsets);
  }
  const keys = frequentFeatures(seen, texts);
  const indexOf = hashTable(keys);
  const features = hashed.map((hashes, text) => {
    const offsets = ends[text]!;
    const indices = new Int32Array(hashes.length);
    let length = 0;
    let at = 0;
    for (let token = 0; token + 1 < offsets.length; token++) {
      const end = offsets[token + 1]!;
      offsets[token] = length;
      for (; at < end; at++) {
        const index = indexOf(hashes[at]!);
        if (index >= 0) indices[length++] = index;
      }
    }
    offsets[offsets.length - 1] = length;
    return indices.slice(0, length);
  });
  return { texts, keys, features, offsets: ends };
}

/** The features worth learning, and no more than their weights for every label may take memory. */
function frequentFeatures(seen: ReadonlyMap<number, number>, texts: readonly LabelledText[]): Int32Array {
  const columns = 2 * (texts[0]?.tool.slotIndex.length ?? 0) + 1;
  for (let fewest = fewestOccurrences(texts.length); ; fewest *= 2) {
    const keys = Int32Array.from([...seen].filter(([, count]) => count >= fewest).map(([key]) => key));
    if (keys.length * columns <= MOST_WEIGHTS) return keys;
  }
}

/** 256 MB of weights, and as much for what AdaGrad knows of them. */
const MOST_WEIGHTS = 1 << 26;

/** What was seen once or twice in many texts is noise learnt by heart; in few texts it is all there is. */
function fewestOccurrences(texts: number): number {
  return texts < 500 ? 1 : texts < 4000 ? 2 : 3;
}
