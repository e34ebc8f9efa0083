import { readContext, type ReadContext, type Leaf } from './context.ts';
import { CHARACTERS, emit, type FeatureBuffer } from './buffer.ts';
import { combine, finish, hashText } from './hash.ts';
import { normalizeText, tokens } from './tokens.ts';
import { MAXIMUM_TOKENS, plainHash, WORD, type Word } from './words.ts';
import { bucketOf, type Structure } from './structure.ts';
import type { JsonObject } from '@retort/kernel';

const BIGRAM = 0x510e527f;
const TURN = 0x6a09e667;
const LEAF = 0x2b3e6c1f;
const ABOVE = 0x4b1d;
const START = finish(0x11);
const END = finish(0x12);

const PAIR_DISTANCE = 8;
const MAXIMUM_TURN = 600;
const LONGEST_CATEGORY = 64;
const MAXIMUM_SIGNALS = 24;
const MAXIMUM_CROSSED = 32;

/** Fills the buffer with the hashed features of a context, all but the characters:
 *  the text's words, word pairs and pairs with a gap; words and pairs of earlier turns, by role and recency; paths and values
 *  of everything structured; and what a rule could turn on (a category, a side of a threshold) with each word. */
export function extract(context: JsonObject, structure: Structure, into: FeatureBuffer): ReadContext {
  const parts = readContext(context);
  const words = tokens(normalizeText(parts.text)).slice(0, MAXIMUM_TOKENS).map(into.readWord);
  into.words = words;
  into.length = 0;
  wordFeatures(
    words.map(({ hash }) => hash),
    0,
    into,
  );
  into.ends[0] = into.length;
  pairFeatures(words, into);
  into.ends[1] = into.length;
  dialogueFeatures(parts, into);
  into.ends[2] = into.length;
  const signals: number[] = [];
  for (const leaf of parts.leaves) leafFeatures(leaf, { structure, signals }, into);
  into.ends[3] = into.length;
  crossedFeatures(words, signals, into);
  into.ends[4] = into.length;
  return parts;
}

/** Adds the character 3–5-grams inside the words of the text that a buffer holds. */
export function extractCharacters(into: FeatureBuffer): void {
  into.length = into.ends[CHARACTERS - 1]!;
  for (const { characters } of into.words) for (const hash of characters) emit(into, hash);
  into.ends[CHARACTERS] = into.length;
}

/** Words and pairs of words, the text's ends included. `namespace` keeps one source apart from another. */
function wordFeatures(hashes: readonly number[], namespace: number, into: FeatureBuffer): void {
  let previous = START;
  for (const hash of hashes) {
    emit(into, combine(hash, namespace ^ WORD));
    emit(into, combine(combine(previous, hash), namespace ^ BIGRAM));
    previous = hash;
  }
  if (hashes.length > 0) emit(into, combine(combine(previous, END), namespace ^ BIGRAM));
}

/** Every two words that stand close together, whatever their order: the quadratic part of what the text says. */
function pairFeatures(words: readonly Word[], into: FeatureBuffer): void {
  for (let right = 1; right < words.length; right++) {
    const { paired } = words[right]!;
    for (let left = Math.max(0, right - PAIR_DISTANCE); left < right; left++)
      emit(into, finish((words[left]!.paired + paired) | 0));
  }
}

/** The last two turns keep their place, older ones only their speaker. */
function dialogueFeatures({ turns }: ReadContext, into: FeatureBuffer): void {
  for (let index = 0; index < turns.length; index++) {
    const { role, content } = turns[index]!;
    const age = Math.min(2, turns.length - 1 - index);
    const namespace = combine(hashText(role, TURN), age);
    wordFeatures(tokens(normalizeText(content, MAXIMUM_TURN)).map(plainHash), namespace, into);
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
  if (typeof value === 'string' && text.includes(' ')) wordFeatures(tokens(text).map(plainHash), namespace, into);
}

function crossedFeatures(words: readonly Word[], signals: readonly number[], into: FeatureBuffer): void {
  if (signals.length === 0) return;
  const count = Math.min(words.length, MAXIMUM_CROSSED);
  for (let index = 0; index < count; index++) {
    const { crossed } = words[index]!;
    for (let signal = 0; signal < signals.length && signal < MAXIMUM_SIGNALS; signal++)
      emit(into, finish((crossed + signals[signal]!) | 0));
  }
}
