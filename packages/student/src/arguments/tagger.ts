import { extractFeatures, featureBuffer, type TaggedText, type ToolSlots } from './tagger-features.ts';
import { hashTable } from '../features/hash-table.ts';
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

/** What a tool needs of the model: which labels are its own, and the transitions between them. */
interface ToolTagger {
  labels: number;
  /** The tool's own label of each label of the model; -1 for another tool's. */
  localOf: Int16Array;
  /** labels × labels. */
  transitions: Float64Array;
}

export function compileTagger(model: TaggerModel, gazetteer: Gazetteer): Tagger {
  const transitionOf = new Map<number, number>();
  model.transitionKeys.forEach((key, index) => transitionOf.set(key, model.transitionWeights[index]!));
  const { offsets, labels: labelOf, weights } = model;
  const row = hashTable(model.keys);
  const tools = new Map<number, ToolTagger>();
  const buffer = featureBuffer();
  let emissions = new Float64Array(8192);
  let path = new Int16Array(256);
  const tag: Tagger['tag'] = (text) => {
    const count = text.tokens.count;
    if (count === 0 || text.tool.slots.length === 0) return [];
    let tool = tools.get(text.tool.tool);
    if (!tool) {
      tool = toolTagger(text.tool, transitionOf);
      tools.set(text.tool.tool, tool);
    }
    const { labels, localOf, transitions } = tool;
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
        for (let entry = offsets[found]!; entry < end; entry++) {
          const local = localOf[labelOf[entry]!]!;
          if (local >= 0) emissions[at + local]! += weights[entry]!;
        }
      }
    }
    return bestSpans({ length: count, labels, emissions, transitions }, path, reach);
  };
  return { tag };
}

function toolTagger(tool: ToolSlots, transitionOf: ReadonlyMap<number, number>): ToolTagger {
  const labels = toolLabels(tool);
  const localOf = new Int16Array(2 * tool.slotIndex.length + 1).fill(-1);
  labels.forEach((label, index) => (localOf[label] = index));
  const size = labels.length;
  const transitions = new Float64Array(size * size);
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++)
      transitions[from * size + to] =
        (transitionOf.get(transitionKey(0, labels[from]!, labels[to]!)) ?? 0) +
        (transitionOf.get(transitionKey(tool.tool, labels[from]!, labels[to]!)) ?? 0);
  return { labels: size, localOf, transitions };
}
