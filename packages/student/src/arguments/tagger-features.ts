import { hash32 } from '@retort/kernel';
import { findPhrases, type Gazetteer } from './gazetteer.ts';
import { hashLower, hashShape, mix, type Tokens } from './tokens.ts';

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

/** A growing list of feature hashes; `offsets[t]..offsets[t + 1]` are those of token t. Reused between texts. */
export interface FeatureBuffer {
  hashes: Int32Array;
  offsets: Int32Array;
}

const featuresPerToken = 26;
const phraseFeatures = 8;
/** The most features of a token. */
export const mostFeatures = featuresPerToken + phraseFeatures;
const before = 0x0b0b;
const after = 0x0e0e;

export function featureBuffer(): FeatureBuffer {
  return { hashes: new Int32Array(8192), offsets: new Int32Array(256) };
}

/** Words, affixes and neighbours are shared by all tools, so that a date learnt with one is a date with another; dense
 *  features (shape, position, the tool's own bias) are each tool's, which keeps the shared rows short. */
export function extractFeatures(
  text: TaggedText & { tool: ToolSlots; own?: ReadonlySet<number> },
  gazetteer: Gazetteer,
  buffer: FeatureBuffer,
): void {
  const { tokens, tool } = text;
  const { words, starts, ends, count } = tokens;
  const needed = count * mostFeatures;
  if (buffer.hashes.length < needed) buffer.hashes = new Int32Array(needed * 2);
  if (buffer.offsets.length < count + 1) buffer.offsets = new Int32Array(count * 2 + 1);
  const { hashes, offsets } = buffer;
  const phrases = phrasesPerToken(text, gazetteer);
  const place = mix(tool.tool, text.origin);
  let previousShape = before;
  let shape = count > 0 ? hashShape(tokens.text, starts[0]!, ends[0]!) : after;
  let at = 0;
  for (let token = 0; token < count; token++) {
    offsets[token] = at;
    const start = starts[token]!;
    const end = ends[token]!;
    const word = words[token]!;
    const previous = token > 0 ? words[token - 1]! : before;
    const next = token + 1 < count ? words[token + 1]! : after;
    const secondPrevious = token > 1 ? words[token - 2]! : before;
    const secondNext = token + 2 < count ? words[token + 2]! : after;
    const nextShape = token + 1 < count ? hashShape(tokens.text, starts[token + 1]!, ends[token + 1]!) : after;
    const suffix = hashLower(tokens.text, Math.max(start, end - 2), end);
    hashes[at++] = mix(1, word);
    hashes[at++] = mix(2, previous);
    hashes[at++] = mix(3, next);
    hashes[at++] = mix(mix(4, previous), word);
    hashes[at++] = mix(mix(5, word), next);
    hashes[at++] = mix(mix(6, secondPrevious), previous);
    hashes[at++] = mix(mix(7, next), secondNext);
    hashes[at++] = mix(8, secondPrevious);
    hashes[at++] = mix(9, secondNext);
    hashes[at++] = mix(10, hashLower(tokens.text, start, Math.min(end, start + 3)));
    hashes[at++] = mix(11, suffix);
    hashes[at++] = mix(12, hashLower(tokens.text, Math.max(start, end - 3), end));
    hashes[at++] = mix(mix(13, previous), next);
    hashes[at++] = mix(14, place);
    hashes[at++] = mix(mix(15, tool.tool), word);
    hashes[at++] = mix(mix(16, place), previous);
    hashes[at++] = mix(mix(17, place), next);
    hashes[at++] = mix(mix(18, tool.tool), shape);
    hashes[at++] = mix(mix(mix(19, tool.tool), previousShape), shape);
    hashes[at++] = mix(mix(mix(20, tool.tool), shape), nextShape);
    hashes[at++] = mix(mix(21, place), token === 0 ? 0 : token === count - 1 ? 2 : 1);
    hashes[at++] = mix(mix(22, tool.tool), suffix);
    hashes[at++] = mix(mix(mix(23, place), secondPrevious), previous);
    hashes[at++] = mix(mix(mix(24, place), next), secondNext);
    for (let phrase = 0; phrase < phraseFeatures; phrase++) {
      const value = phrases[token * phraseFeatures + phrase]!;
      if (value === 0) break;
      hashes[at++] = value;
    }
    previousShape = shape;
    shape = nextShape;
  }
  offsets[count] = at;
}

let phraseScratch = new Int32Array(0);

/** The phrase features of each token, zero where there are no more; overwritten by the next call. */
function phrasesPerToken(
  { tokens, tool, own }: TaggedText & { tool: ToolSlots; own?: ReadonlySet<number> },
  gazetteer: Gazetteer,
): Int32Array {
  const size = tokens.count * phraseFeatures;
  if (phraseScratch.length < size) phraseScratch = new Int32Array(2 * size);
  const phrases = phraseScratch.fill(0, 0, size);
  findPhrases({ gazetteer, tokens, slotIndex: tool.slotIndex, ...(own ? { own } : {}) }, (index, first, last) => {
    const slot = tool.slots[index]!;
    for (let token = first; token <= last; token++)
      addPhraseFeature(phrases, token, mix(mix(mix(30, slot), token === first ? 1 : 2), token === last ? 1 : 2));
    if (last + 1 < tokens.count) addPhraseFeature(phrases, last + 1, mix(31, slot));
  });
  return phrases;
}

function addPhraseFeature(phrases: Int32Array, token: number, value: number): void {
  for (let at = token * phraseFeatures; at < (token + 1) * phraseFeatures; at++)
    if (phrases[at] === 0) {
      phrases[at] = value;
      return;
    }
}
