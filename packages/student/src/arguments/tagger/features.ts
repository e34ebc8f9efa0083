import { hash32 } from '@retort/kernel';
import type { Gazetteer } from './gazetteer.ts';
import {
  frameOf,
  int16,
  int32,
  offsetsOf,
  uint16,
  writeFrame,
  type Arrays,
  type Kernels,
} from '../../kernels/arena.ts';
import { hashLower, hashShape, maximumTokens, mix, type Tokens } from '../values/tokens.ts';

/** The slots that one tool has: `slots[index]` is the slot, `slotIndex[slot]` its index or -1. */
export interface ToolSlots {
  tool: number;
  slots: readonly number[];
  slotIndex: Int16Array;
}

export function toolSlots(name: string, slots: readonly number[], slotCount: number): ToolSlots {
  const slotIndex = new Int16Array(slotCount).fill(-1);
  slots.forEach((slot, index) => (slotIndex[slot] = index));
  return { tool: hash32(name) | 0 || 1, slots, slotIndex };
}

/** A tool of some of another's slots; the same ones are the same object. */
export function slotsAmong(of: ToolSlots, wanted: ReadonlySet<number | undefined>): ToolSlots {
  const slots = of.slots.filter((slot) => wanted.has(slot));
  const known = reduced.get(of) ?? new Map<string, ToolSlots>();
  reduced.set(of, known);
  const made = known.get(slots.join()) ?? {
    tool: of.tool,
    slots,
    slotIndex: of.slotIndex.map((_, slot) => slots.indexOf(slot)),
  };
  known.set(slots.join(), made);
  return made;
}

const reduced = new WeakMap<ToolSlots, Map<string, ToolSlots>>();

export interface TaggedText {
  tokens: Tokens;
  /** Where the text comes from: 0 the latest words, otherwise a hash of the role and distance of the turn. */
  origin: number;
}

const featuresPerToken = 24;
const phraseFeatures = 8;
/** Features of a token. */
export const mostFeatures = featuresPerToken + phraseFeatures;
/** No more than tokens: a text's own phrases do not overlap. */
const mostOwn = maximumTokens;

/** Where the features of texts are extracted, with the phrases that are known. */
export interface FeatureArena {
  kernels: Kernels;
  gazetteer: Gazetteer;
  arrays: Arrays<ReturnType<typeof featurePlaces>>;
}

/** What the features of a text take of an arena: `offsets[t]..offsets[t + 1]` are the hashes of token t. */
export function featurePlaces({ table, lists }: Gazetteer, slotCount: number) {
  return {
    words: int32(maximumTokens),
    shapes: int32(maximumTokens),
    /** The first three, the last two and the last three letters of each token. */
    affixes: int32(3 * maximumTokens),
    phrases: int32(phraseFeatures * maximumTokens),
    hashes: int32(mostFeatures * maximumTokens),
    offsets: int32(maximumTokens + 1),
    phraseTable: int32(table.numbers.length),
    phraseLists: uint16(lists.length),
    own: int32(mostOwn),
    slotIndex: int16(slotCount),
    covered: int32(slotCount),
    open: int32(2 * slotCount),
    phrasesFrame: frameOf('phrases'),
  };
}

export function enterGazetteer({ gazetteer, arrays }: FeatureArena): void {
  arrays.phraseTable.set(gazetteer.table.numbers);
  arrays.phraseLists.set(gazetteer.lists);
  const at = offsetsOf(arrays);
  writeFrame('phrases', arrays.phrasesFrame, {
    ...at,
    table: at.phraseTable,
    mask: gazetteer.table.buckets - 1,
    lists: at.phraseLists,
    slots: arrays.slotIndex.length,
    features: at.phrases,
  });
}

/** Words, affixes and neighbours are shared by all tools, so that a date learnt with one is a date with another; dense
 *  features (shape, position, the tool's own bias) are each tool's, which keeps the shared rows short. */
export function extractFeatures(
  text: TaggedText & { tool: ToolSlots; own?: ReadonlySet<number> },
  arena: FeatureArena,
): void {
  const { tool, tokens, origin } = text;
  const { starts, ends, count } = tokens;
  const { kernels, arrays } = arena;
  const { words, shapes, affixes } = arrays;
  for (let token = 0; token < count; token++) {
    const start = starts[token]!;
    const end = ends[token]!;
    words[token] = tokens.words[token]!;
    shapes[token] = hashShape(tokens.text, start, end);
    affixes[3 * token] = hashLower(tokens.text, start, Math.min(end, start + 3));
    affixes[3 * token + 1] = hashLower(tokens.text, Math.max(start, end - 2), end);
    affixes[3 * token + 2] = hashLower(tokens.text, Math.max(start, end - 3), end);
  }
  findPhrases(text, arena);
  kernels.describe(
    words.byteOffset,
    shapes.byteOffset,
    affixes.byteOffset,
    arrays.phrases.byteOffset,
    count,
    tool.tool,
    mix(tool.tool, origin),
    arrays.hashes.byteOffset,
    arrays.offsets.byteOffset,
  );
}

function findPhrases(
  { tokens, tool, own }: TaggedText & { tool: ToolSlots; own?: ReadonlySet<number> },
  { kernels, arrays }: FeatureArena,
): void {
  arrays.slotIndex.set(tool.slotIndex);
  let owned = 0;
  if (own) for (const phrase of own) arrays.own[owned++] = phrase;
  kernels.phrases(arrays.phrasesFrame.byteOffset, owned, tokens.count);
}
