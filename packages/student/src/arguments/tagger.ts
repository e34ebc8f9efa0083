import { hashTable } from '../features/hash-table.ts';
import { float32, int32, openRoom } from '../kernels/room.ts';
import type { Gazetteer } from './gazetteer.ts';
import {
  extractFeatures,
  featureBuffer,
  mostFeatures,
  type FeatureBuffer,
  type TaggedText,
  type ToolSlots,
} from './tagger-features.ts';
import { maximumTokens, mix } from './tokens.ts';
import { bestSpans, type Span } from './viterbi.ts';

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
  labels: Int32Array;
  /** labels × labels. */
  transitions: Float64Array;
}

export function compileTagger(model: TaggerModel, of: { slotCount: number; gazetteer: Gazetteer }): Tagger {
  const { slotCount, gazetteer } = of;
  const transitionOf = new Map<number, number>();
  model.transitionKeys.forEach((key, index) => transitionOf.set(key, model.transitionWeights[index]!));
  const tools = new Map<number, ToolTagger>();
  const buffer = featureBuffer();
  const emissionsOf = emissionScorer(model, 2 * slotCount + 1);
  const path = new Int16Array(maximumTokens);
  const tag: Tagger['tag'] = (text) => {
    const count = text.tokens.count;
    if (count === 0 || text.tool.slots.length === 0) return [];
    let tool = tools.get(text.tool.tool);
    if (!tool) {
      tool = toolTagger(text.tool, transitionOf);
      tools.set(text.tool.tool, tool);
    }
    extractFeatures({ ...text, gazetteer }, buffer);
    const emissions = emissionsOf(buffer, count, tool.labels);
    return bestSpans(
      { length: count, labels: tool.labels.length, emissions, transitions: tool.transitions },
      path,
      reach,
    );
  };
  return { tag };
}

/** Reads the model's weights as one dense row per feature: most features of a token have weights for most labels that its
 *  tool knows. */
function emissionScorer({ keys, offsets, labels, weights }: TaggerModel, columns: number) {
  const rowOf = hashTable(keys);
  const { kernels, arrays } = openRoom({
    weights: float32(keys.length * columns),
    rows: int32(maximumTokens * mostFeatures),
    offsets: int32(maximumTokens + 1),
    labels: int32(columns),
    emissions: float32(maximumTokens * columns),
  });
  for (let feature = 0; feature < keys.length; feature++)
    for (let entry = offsets[feature]!; entry < offsets[feature + 1]!; entry++)
      arrays.weights[feature * columns + labels[entry]!] = weights[entry]!;
  /** Overwritten by the next call. */
  return ({ hashes, offsets: ends }: FeatureBuffer, count: number, own: Int32Array): Float32Array => {
    let length = 0;
    for (let token = 0; token < count; token++) {
      arrays.offsets[token] = length;
      for (let at = ends[token]!; at < ends[token + 1]!; at++) {
        const row = rowOf(hashes[at]!);
        if (row >= 0) arrays.rows[length++] = row;
      }
    }
    arrays.offsets[count] = length;
    arrays.labels.set(own);
    kernels.emissions(
      arrays.weights.byteOffset,
      columns,
      arrays.rows.byteOffset,
      arrays.offsets.byteOffset,
      count,
      arrays.labels.byteOffset,
      own.length,
      arrays.emissions.byteOffset,
    );
    return arrays.emissions;
  };
}

function toolTagger(tool: ToolSlots, transitionOf: ReadonlyMap<number, number>): ToolTagger {
  const labels = toolLabels(tool);
  const size = labels.length;
  const transitions = new Float64Array(size * size);
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++)
      transitions[from * size + to] =
        (transitionOf.get(transitionKey(0, labels[from]!, labels[to]!)) ?? 0) +
        (transitionOf.get(transitionKey(tool.tool, labels[from]!, labels[to]!)) ?? 0);
  return { labels, transitions };
}
