import { bucketTable } from '../../features/hash-table.ts';
import { float64, frameOf, int16, int32, offsetsOf, openArena, writeFrame } from '../../kernels/arena.ts';
import type { Gazetteer } from './gazetteer.ts';
import {
  enterGazetteer,
  extractFeatures,
  featurePlaces,
  mostFeatures,
  type TaggedText,
  type ToolSlots,
} from './features.ts';
import type { TaggerModel } from './model.ts';
import { layOutRows, rowLabels } from './packed-rows.ts';
import { maximumTokens, mix } from '../values/tokens.ts';
import {
  bestSpans,
  latticePlaces,
  latticeShape,
  columnOf,
  visitTransitions,
  type LatticeShape,
  type Span,
} from './viterbi.ts';

export interface Tagger {
  tag(text: TaggedText & { tool: ToolSlots; own?: ReadonlySet<number> }): Span[];
}

const TRANSITION_SALT = 40;

/** Labels over all slots: 0 outside, 2s+1 first, 2s+2 later token of slot s. Tool 0 is what all tools share. */
export function transitionKey(tool: number, from: number, to: number): number {
  return mix(mix(mix(TRANSITION_SALT, tool), from), to);
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

/** How far behind the best labelling a lost span may be and still be proposed, in nats. */
const reach = 6;

/** What a tool needs of the model: which labels are its own, and the transitions between them. */
interface ToolTagger {
  shape: LatticeShape;
  /** The label at each place of a row of the lattice; one that nothing speaks of where the row is only padded. */
  labels: Int32Array;
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
  const rows = layOutRows(model, columns);
  const table = bucketTable(model.keys, rows.entries);
  const most = { tokens: maximumTokens, slots: slotCount };
  const { width } = latticeShape(slotCount);
  const arena = {
    gazetteer,
    ...openArena({
      ...featurePlaces(gazetteer, slotCount),
      ...latticePlaces(most),
      backward: float64(maximumTokens * width),
      table: int32(table.numbers.length),
      numbers: int16(rows.numbers.length),
      rows: int32(mostFeatures),
      fours: int32(2 * mostFeatures),
      row: int32(rowLabels(columns)),
      labels: int32(width),
      tallyFrame: frameOf('tally'),
    }),
  };
  enterGazetteer(arena);
  const { kernels, arrays } = arena;
  const at = offsetsOf(arrays);
  writeFrame('tally', arrays.tallyFrame, {
    ...at,
    mask: table.buckets - 1,
    rowLabels: arrays.row.length,
    sums: at.emissions,
  });
  arrays.table.set(table.numbers);
  arrays.numbers.set(rows.numbers);
  let prepared: ToolTagger | undefined;
  const tag: Tagger['tag'] = (text) => {
    const { count } = text.tokens;
    if (count === 0 || text.tool.slots.length === 0) return [];
    const tool = toolOf(text.tool);
    if (prepared !== tool) {
      arrays.labels.set(tool.labels);
      arrays.transitions.set(tool.transitions);
      prepared = tool;
    }
    extractFeatures(text, arena);
    kernels.tally(at.tallyFrame, rows.step, count, tool.shape.width);
    return bestSpans(arena, tool.shape, count, reach);
  };
  return { tag };
}

function toolTagger(tool: ToolSlots, columns: number, transitionOf: ReadonlyMap<number, number>): ToolTagger {
  const own = toolLabels(tool);
  const shape = latticeShape(tool.slots.length);
  const transitions = new Float64Array(shape.transitions).fill(-Infinity);
  const weightOf = (of: number, from: number, to: number) =>
    transitionOf.get(transitionKey(of, own[from]!, own[to]!)) ?? 0;
  visitTransitions(shape, ({ from, to, at }) => {
    transitions[at] = weightOf(0, from, to) + weightOf(tool.tool, from, to);
  });
  const labels = new Int32Array(shape.width).fill(columns);
  own.forEach((label, index) => (labels[columnOf(shape, index)] = label));
  return { shape, labels, transitions };
}
