import { hash32 } from '@retort/kernel';
import { findPhrases, type Gazetteer } from './gazetteer.ts';
import { int32, type Kernels } from '../kernels/room.ts';
import { hashLower, hashShape, maximumTokens, mix, type Tokens } from './tokens.ts';

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

export interface TaggedText {
  tokens: Tokens;
  /** Where the text comes from: 0 the latest words, otherwise a hash of the role and distance of the turn. */
  origin: number;
}

const featuresPerToken = 24;
const phraseFeatures = 8;

/** What the features of a text take of a room: `offsets[t]..offsets[t + 1]` are the hashes of token t. */
export const featurePlaces = {
  words: int32(maximumTokens),
  shapes: int32(maximumTokens),
  /** The first three, the last two and the last three letters of each token. */
  affixes: int32(3 * maximumTokens),
  phrases: int32(phraseFeatures * maximumTokens),
  hashes: int32((featuresPerToken + phraseFeatures) * maximumTokens),
  offsets: int32(maximumTokens + 1),
};

export interface FeatureRoom {
  kernels: Kernels;
  arrays: Record<keyof typeof featurePlaces, Int32Array>;
}

/** Words, affixes and neighbours are shared by all tools, so that a date learnt with one is a date with another; dense
 *  features (shape, position, the tool's own bias) are each tool's, which keeps the shared rows short. */
export function extractFeatures(
  text: TaggedText & { tool: ToolSlots; own?: ReadonlySet<number> },
  gazetteer: Gazetteer,
  { kernels, arrays }: FeatureRoom,
): void {
  const { tool, tokens, origin } = text;
  const { starts, ends, count } = tokens;
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
  readPhrases(text, gazetteer, arrays.phrases);
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

/** The phrase features of each token, zero where there are no more. */
function readPhrases(
  { tokens, tool, own }: TaggedText & { tool: ToolSlots; own?: ReadonlySet<number> },
  gazetteer: Gazetteer,
  phrases: Int32Array,
): void {
  phrases.fill(0, 0, tokens.count * phraseFeatures);
  findPhrases({ gazetteer, tokens, slotIndex: tool.slotIndex, ...(own ? { own } : {}) }, (index, first, last) => {
    const slot = tool.slots[index]!;
    for (let token = first; token <= last; token++)
      addPhraseFeature(phrases, token, mix(mix(mix(30, slot), token === first ? 1 : 2), token === last ? 1 : 2));
    if (last + 1 < tokens.count) addPhraseFeature(phrases, last + 1, mix(31, slot));
  });
}

function addPhraseFeature(phrases: Int32Array, token: number, value: number): void {
  for (let at = token * phraseFeatures; at < (token + 1) * phraseFeatures; at++)
    if (phrases[at] === 0) {
      phrases[at] = value;
      return;
    }
}
