import { readContext, type ContextParts, type Leaf } from './context.ts';
import { combine, emit, finish, hashText, type FeatureBuffer } from './buffer.ts';
import { normalizeText, tokens } from './tokens.ts';
import { bucketOf, type Structure } from './structure.ts';
import type { JsonObject } from '@retort/kernel';

const WORD = 0x3c6ef372;
const BIGRAM = 0x510e527f;
const PAIR = 0x1f83d9ab;
const CHARACTERS = 0x5be0cd19;
const TURN = 0x6a09e667;
const LEAF = 0x2b3e6c1f;
const ABOVE = 0x4b1d;
const CROSSED = 0x6f0a91d3;
const START = finish(0x11);
const END = finish(0x12);

export const MAXIMUM_TOKENS = 512;
const MAXIMUM_WORD = 32;
const PAIR_DISTANCE = 8;
const MAXIMUM_TURN = 600;
const LONGEST_CATEGORY = 64;
const MAXIMUM_SIGNALS = 24;
const MAXIMUM_CROSSED = 32;

/** Fills the buffer with the hashed features of a context:
 *  the text's words, word pairs and pairs with a gap; character 3–5-grams inside its words;
 *  words and pairs of earlier turns, by role and recency; paths and values of everything structured; and what a rule could
 *  turn on (a category, a side of a threshold) with each word. */
export function extract(context: JsonObject, structure: Structure, into: FeatureBuffer): ContextParts {
  const parts = readContext(context);
  const words = tokens(normalizeText(parts.text)).slice(0, MAXIMUM_TOKENS);
  into.length = 0;
  wordFeatures(words, 0, into);
  into.ends[0] = into.length;
  for (const word of words) characterFeatures(word, into);
  into.ends[1] = into.length;
  pairFeatures(words, into);
  into.ends[2] = into.length;
  dialogueFeatures(parts, into);
  into.ends[3] = into.length;
  const signals: number[] = [];
  for (const leaf of parts.leaves) leafFeatures(leaf, { structure, signals }, into);
  into.ends[4] = into.length;
  crossedFeatures(words, signals, into);
  into.ends[5] = into.length;
  return parts;
}

/** How a buffer holds a word of the text itself. */
export function wordHash(word: string): number {
  return combine(finish(hashText(word, WORD)), WORD);
}

/** Words of the text in a buffer, in order: `wordFeatures` puts each before the pair that it ends. */
export function wordCount({ ends }: FeatureBuffer): number {
  return ends[0]! >> 1;
}
export function wordHashAt({ hashes }: FeatureBuffer, index: number): number {
  return hashes[2 * index]!;
}

/** Words and pairs of words, the text's ends included. `namespace` keeps one source apart from another. */
function wordFeatures(words: readonly string[], namespace: number, into: FeatureBuffer): void {
  let previous = START;
  for (const word of words) {
    const hash = finish(hashText(word, WORD));
    emit(into, combine(hash, namespace ^ WORD));
    emit(into, combine(combine(previous, hash), namespace ^ BIGRAM));
    previous = hash;
  }
  if (words.length > 0) emit(into, combine(combine(previous, END), namespace ^ BIGRAM));
}

/** Every two words that stand close together, whatever their order: the quadratic part of what the text says. */
function pairFeatures(words: readonly string[], into: FeatureBuffer): void {
  const hashes = words.map((word) => finish(hashText(word, PAIR)));
  for (let right = 1; right < words.length; right++)
    for (let left = Math.max(0, right - PAIR_DISTANCE); left < right; left++)
      emit(into, finish((hashes[left]! + hashes[right]!) | 0));
}

const SMALLEST = 3;
const LARGEST = 5;
const OPENING = 0x3c;
const CLOSING = 0x3e;

/** Character 3–5-grams of `<word>`, its boundaries included. */
function characterFeatures(word: string, into: FeatureBuffer): void {
  const last = Math.min(word.length, MAXIMUM_WORD) + 1;
  for (let start = 0; start + SMALLEST <= last + 1; start++) {
    let hash = CHARACTERS;
    const end = Math.min(start + LARGEST - 1, last);
    for (let index = start; index <= end; index++) {
      const code = index === 0 ? OPENING : index === last ? CLOSING : word.charCodeAt(index - 1);
      hash = Math.imul(hash ^ code, 0x01000193);
      if (index - start >= SMALLEST - 1) emit(into, finish(hash));
    }
  }
}

/** The last two turns keep their place, older ones only their speaker. */
function dialogueFeatures({ turns }: ContextParts, into: FeatureBuffer): void {
  for (let index = 0; index < turns.length; index++) {
    const { role, content } = turns[index]!;
    const age = Math.min(2, turns.length - 1 - index);
    const namespace = combine(hashText(role, TURN), age);
    wordFeatures(tokens(normalizeText(content, MAXIMUM_TURN)), namespace, into);
  }
  emit(into, combine(Math.min(turns.length, 10), TURN));
}

function leafFeatures(
  { path, value }: Leaf,
  { structure, signals }: { structure: Structure; signals: number[] },
  into: FeatureBuffer,
): void {
  const place = structure.get(path);
  const namespace = finish(hashText(path, LEAF));
  emit(into, namespace);
  if (typeof value === 'number' && place) {
    emit(into, combine(namespace, 1 + bucketOf(place, value)));
    place.thresholds.forEach((threshold, index) => {
      const side = combine(namespace, ABOVE + 2 * index + (value > threshold ? 1 : 0));
      emit(into, side);
      signals.push(side);
    });
  }
  const text = typeof value === 'string' ? normalizeText(value, MAXIMUM_TURN) : String(value);
  if (text.length <= LONGEST_CATEGORY) {
    const category = combine(namespace, hashText(text, typeof value === 'string' ? LEAF : TURN));
    emit(into, category);
    if (place?.category) signals.push(category);
  }
  if (typeof value === 'string' && text.includes(' ')) wordFeatures(tokens(text), namespace, into);
}

function crossedFeatures(words: readonly string[], signals: readonly number[], into: FeatureBuffer): void {
  if (signals.length === 0) return;
  const count = Math.min(words.length, MAXIMUM_CROSSED);
  for (let index = 0; index < count; index++) {
    const word = finish(hashText(words[index]!, CROSSED));
    for (let signal = 0; signal < signals.length && signal < MAXIMUM_SIGNALS; signal++)
      emit(into, finish((word + signals[signal]!) | 0));
  }
}
