import { extractFeatures, featureBuffer, type TaggedText, type ToolSlots } from './tagger-features.ts';
import type { Gazetteer } from './gazetteer.ts';
import { bestSpans, type Span } from './viterbi.ts';
import { mix } from './tokens.ts';

/** A linear-chain tagger over all slots of all tools; a tool's own labelling uses only its own slots.
 *  Sparse: feature `keys[i]` has the entries `offsets[i]..offsets[i + 1]` of `labels` and `weights`. */
export interface TaggerModel {
  keys: Int32Array;
  offsets: Uint32Array;
  labels: Uint16Array;
  weights: Float32Array;
  /** `transitionKey(tool, from, to)` → weight. */
  transitionKeys: Int32Array;
  transitionWeights: Float32Array;
}

export interface Tagger {
  tag(text: TaggedText & { tool: ToolSlots; own?: ReadonlySet<number> }): Span[];
}

/** Labels over all slots: 0 outside, 2s+1 first, 2s+2 later token of slot s. Tool 0 is what all tools share. */
export function transitionKey(tool: number, from: number, to: number): number {
  return mix(mix(mix(40, tool), from), to);
}

/** The global labels of a tool, in the order of its own labels. */
export function toolLabels(tool: ToolSlots): Int32Array {
  const labels = new Int32Array(1 + 2 * tool.slots.length);
  tool.slots.forEach((slot, index) => {
    labels[2 * index + 1] = 2 * slot + 1;
    labels[2 * index + 2] = 2 * slot + 2;
  });
  return labels;
}

/** How far behind the best labelling a lost span may be and still be proposed, in units of the mean weight scale. */
const reach = 12;

export function compileTagger(model: TaggerModel, gazetteer: Gazetteer, slotCount: number): Tagger {
  const table = hashTable(model.keys);
  const transitionOf = new Map<number, number>();
  model.transitionKeys.forEach((key, index) => transitionOf.set(key, model.transitionWeights[index]!));
  const matrices = new Map<ToolSlots, { labels: Int32Array; transitions: Float64Array }>();
  const buffer = featureBuffer();
  const scores = new Float64Array(2 * slotCount + 1);
  let emissions = new Float64Array(8192);
  let path = new Int16Array(256);
  const matrixOf = (tool: ToolSlots) => {
    let matrix = matrices.get(tool);
    if (!matrix) {
      const labels = toolLabels(tool);
      const transitions = new Float64Array(labels.length * labels.length);
      for (let from = 0; from < labels.length; from++)
        for (let to = 0; to < labels.length; to++)
          transitions[from * labels.length + to] =
            (transitionOf.get(transitionKey(0, labels[from]!, labels[to]!)) ?? 0) +
            (transitionOf.get(transitionKey(tool.tool, labels[from]!, labels[to]!)) ?? 0);
      matrix = { labels, transitions };
      matrices.set(tool, matrix);
    }
    return matrix;
  };
  const tag: Tagger['tag'] = (text) => {
    const count = text.tokens.count;
    if (count === 0 || text.tool.slots.length === 0) return [];
    const { labels, transitions } = matrixOf(text.tool);
    extractFeatures({ ...text, gazetteer }, buffer);
    if (emissions.length < count * labels.length) emissions = new Float64Array(count * labels.length * 2);
    if (path.length < count) path = new Int16Array(count * 2);
    for (let token = 0; token < count; token++) {
      for (let label = 0; label < labels.length; label++) scores[labels[label]!] = 0;
      for (let at = buffer.offsets[token]!; at < buffer.offsets[token + 1]!; at++) {
        const row = table(buffer.hashes[at]!);
        if (row < 0) continue;
        for (let entry = model.offsets[row]!; entry < model.offsets[row + 1]!; entry++)
          scores[model.labels[entry]!]! += model.weights[entry]!;
      }
      for (let label = 0; label < labels.length; label++)
        emissions[token * labels.length + label] = scores[labels[label]!]!;
    }
    return bestSpans({ length: count, labels: labels.length, emissions, transitions }, path, reach);
  };
  return { tag };
}

/** Index of a key among `keys`, or -1: open addressing at half load. */
export function hashTable(keys: Int32Array): (key: number) => number {
  let size = 16;
  while (size < keys.length * 2) size *= 2;
  const mask = size - 1;
  const slots = new Int32Array(size).fill(-1);
  keys.forEach((key, index) => {
    let at = (key ^ (key >>> 16)) & mask;
    while (slots[at]! >= 0) at = (at + 1) & mask;
    slots[at] = index;
  });
  return (key) => {
    let at = (key ^ (key >>> 16)) & mask;
    for (let index = slots[at]!; index >= 0; index = slots[at]!) {
      if (keys[index] === key) return index;
      at = (at + 1) & mask;
    }
    return -1;
  };
}
