import { enterKeys, slotsFor } from '../features/hash-table.ts';
import { float64, int32, openRoom } from '../kernels/room.ts';
import type { Gazetteer } from './gazetteer.ts';
import { extractFeatures, featurePlaces, type TaggedText, type ToolSlots } from './tagger-features.ts';
import { maximumTokens, mix } from './tokens.ts';
import {
  bestSpans,
  latticePlaces,
  latticeShape,
  placeOf,
  unasked,
  visitTransitions,
  type LatticeShape,
  type Span,
} from './viterbi.ts';

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
  shape: LatticeShape;
  /** Where each label of the model lies in a row of the lattice: beyond it when it is not the tool's. */
  places: Int32Array;
  transitions: Float64Array;
}

export function compileTagger(model: TaggerModel, of: { slotCount: number; gazetteer: Gazetteer }): Tagger {
  const { slotCount, gazetteer } = of;
  const columns = 2 * slotCount + 1;
  const transitionOf = new Map<number, number>();
  model.transitionKeys.forEach((key, index) => transitionOf.set(key, model.transitionWeights[index]!));
  const tools = new Map<number, ToolTagger>();
  const toolOf = (slots: ToolSlots): ToolTagger => {
    const known = tools.get(slots.tool);
    if (known) return known;
    const made = toolTagger(slots, columns, transitionOf);
    tools.set(slots.tool, made);
    return made;
  };
  const tableSlots = slotsFor(model.keys.length);
  const most = { tokens: maximumTokens, slots: slotCount };
  const room = openRoom({
    ...featurePlaces,
    ...latticePlaces(most),
    backward: float64(maximumTokens * latticeShape(slotCount).width),
    table: int32(4 * tableSlots),
    entries: int32(2 * entriesOf(model)),
    places: int32(columns + 1),
  });
  const { kernels, arrays } = room;
  enterModel(model, arrays, columns);
  let prepared: ToolTagger | undefined;
  const tag: Tagger['tag'] = (text) => {
    const { count } = text.tokens;
    if (count === 0 || text.tool.slots.length === 0) return [];
    const tool = toolOf(text.tool);
    if (prepared !== tool) {
      arrays.places.set(tool.places);
      arrays.transitions.set(tool.transitions);
      prepared = tool;
    }
    extractFeatures(text, gazetteer, room);
    kernels.tally(
      arrays.table.byteOffset,
      tableSlots - 1,
      arrays.entries.byteOffset,
      arrays.hashes.byteOffset,
      arrays.offsets.byteOffset,
      count,
      arrays.places.byteOffset,
      tool.shape.width,
      arrays.emissions.byteOffset,
    );
    return bestSpans(room, tool.shape, count, reach);
  };
  return { tag };
}

/** Entries of a feature come in fours. */
function inFours(entries: number): number {
  return (entries + 3) & ~3;
}

function entriesOf({ keys, offsets }: TaggerModel): number {
  let entries = 0;
  for (let feature = 0; feature < keys.length; feature++) entries += inFours(offsets[feature + 1]! - offsets[feature]!);
  return entries;
}

/** Lays the model out for `tally`; entries that are only there to make fours weigh nothing, for the label after all. */
function enterModel(
  { keys, offsets, labels, weights }: TaggerModel,
  into: { table: Int32Array; entries: Int32Array },
  noLabel: number,
): void {
  const numbers = new Float32Array(into.entries.buffer, into.entries.byteOffset, into.entries.length);
  let entry = 0;
  enterKeys(into.table, keys, 4, (feature, at) => {
    const [from, to] = [offsets[feature]!, offsets[feature + 1]!];
    into.table[at + 2] = entry;
    into.table[at + 3] = inFours(to - from);
    for (let index = 0; index < inFours(to - from); index++, entry++) {
      numbers[2 * entry] = from + index < to ? weights[from + index]! : 0;
      into.entries[2 * entry + 1] = from + index < to ? labels[from + index]! : noLabel;
    }
  });
}

function toolTagger(tool: ToolSlots, columns: number, transitionOf: ReadonlyMap<number, number>): ToolTagger {
  const labels = toolLabels(tool);
  const shape = latticeShape(tool.slots.length);
  const transitions = new Float64Array(shape.transitions).fill(-Infinity);
  const weightOf = (of: number, from: number, to: number) =>
    transitionOf.get(transitionKey(of, labels[from]!, labels[to]!)) ?? 0;
  visitTransitions(shape, ({ from, to, at }) => {
    transitions[at] = weightOf(0, from, to) + weightOf(tool.tool, from, to);
  });
  const places = Int32Array.from({ length: columns + 1 }, (_, column) => shape.width + (column % unasked));
  labels.forEach((column, label) => (places[column] = placeOf(shape, label)));
  return { shape, places, transitions };
}
