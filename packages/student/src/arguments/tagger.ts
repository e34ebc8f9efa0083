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

/** One tool's share of the model: only its own labels, by its own numbering. */
interface ToolTagger {
  labels: number;
  row: (key: number) => number;
  offsets: Uint32Array;
  labelOf: Uint8Array | Uint16Array;
  weights: Float32Array;
  transitions: Float64Array;
}

export function compileTagger(model: TaggerModel, gazetteer: Gazetteer, slotCount: number): Tagger {
  const transitionOf = new Map<number, number>();
  model.transitionKeys.forEach((key, index) => transitionOf.set(key, model.transitionWeights[index]!));
  const tools = new Map<number, ToolTagger>();
  const buffer = featureBuffer();
  let emissions = new Float64Array(8192);
  let path = new Int16Array(256);
  const tag: Tagger['tag'] = (text) => {
    const count = text.tokens.count;
    if (count === 0 || text.tool.slots.length === 0) return [];
    let tool = tools.get(text.tool.tool);
    if (!tool) {
      tool = toolTagger(model, { tool: text.tool, slotCount, transitionOf });
      tools.set(text.tool.tool, tool);
    }
    const { labels, row, offsets, labelOf, weights, transitions } = tool;
    extractFeatures({ ...text, gazetteer }, buffer);
    const size = count * labels;
    if (emissions.length < size) emissions = new Float64Array(size * 2);
    if (path.length < count) path = new Int16Array(count * 2);
    emissions.fill(0, 0, size);
    for (let token = 0; token < count; token++) {
      const at = token * labels;
      for (let index = buffer.offsets[token]!; index < buffer.offsets[token + 1]!; index++) {
        const found = row(buffer.hashes[index]!);
        if (found < 0) continue;
        const end = offsets[found + 1]!;
        for (let entry = offsets[found]!; entry < end; entry++) emissions[at + labelOf[entry]!]! += weights[entry]!;
      }
    }
    return bestSpans({ length: count, labels, emissions, transitions }, path, reach);
  };
  return { tag };
}

function toolTagger(
  model: TaggerModel,
  of: { tool: ToolSlots; slotCount: number; transitionOf: ReadonlyMap<number, number> },
): ToolTagger {
  const labels = toolLabels(of.tool);
  const localOf = new Int16Array(2 * of.slotCount + 1).fill(-1);
  labels.forEach((label, index) => (localOf[label] = index));
  const keys: number[] = [];
  const offsets: number[] = [0];
  const labelOf: number[] = [];
  const weights: number[] = [];
  for (let feature = 0; feature < model.keys.length; feature++) {
    for (let entry = model.offsets[feature]!; entry < model.offsets[feature + 1]!; entry++) {
      const local = localOf[model.labels[entry]!]!;
      if (local < 0) continue;
      labelOf.push(local);
      weights.push(model.weights[entry]!);
    }
    if (labelOf.length === offsets.at(-1)) continue;
    keys.push(model.keys[feature]!);
    offsets.push(labelOf.length);
  }
  const size = labels.length;
  const transitions = new Float64Array(size * size);
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++)
      transitions[from * size + to] =
        (of.transitionOf.get(transitionKey(0, labels[from]!, labels[to]!)) ?? 0) +
        (of.transitionOf.get(transitionKey(of.tool.tool, labels[from]!, labels[to]!)) ?? 0);
  return {
    labels: size,
    row: hashTable(Int32Array.from(keys)),
    offsets: Uint32Array.from(offsets),
    labelOf: size <= 256 ? Uint8Array.from(labelOf) : Uint16Array.from(labelOf),
    weights: Float32Array.from(weights),
    transitions,
  };
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
