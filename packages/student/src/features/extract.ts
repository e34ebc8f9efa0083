import { readContext, type ContextParts, type Leaf } from './context.ts';
import { combine, emit, finish, hashText, type FeatureBuffer } from './buffer.ts';
import { normalizeText, tokens } from './tokens.ts';
import type { NumberBuckets } from './numbers.ts';
import { bucketOf } from './numbers.ts';
import type { JsonObject } from '@retort/kernel';

const WORD = 0x3c6ef372;
const BIGRAM = 0x510e527f;
const SKIP = 0x1f83d9ab;
const CHARACTERS = 0x5be0cd19;
const TURN = 0x6a09e667;
const LEAF = 0x2b3e6c1f;
const START = finish(0x11);
const END = finish(0x12);

const MAXIMUM_TOKENS = 512;
const MAXIMUM_WORD = 32;
const MAXIMUM_TURN = 600;
const LONGEST_CATEGORY = 64;

/** Fills the buffer with the hashed features of a context:
 *  the text's words, word pairs and pairs with a gap; character 3–5-grams inside its words;
 *  words and pairs of earlier turns, by role and recency; paths and values of everything structured. */
export function extract(context: JsonObject, buckets: NumberBuckets, into: FeatureBuffer): ContextParts {
  const parts = readContext(context);
  const words = tokens(normalizeText(parts.text)).slice(0, MAXIMUM_TOKENS);
  into.length = 0;
  wordFeatures(words, 0, into);
  skipFeatures(words, into);
  into.ends[0] = into.length;
  for (const word of words) characterFeatures(word, into);
  into.ends[1] = into.length;
  dialogueFeatures(parts, into);
  into.ends[2] = into.length;
  for (const leaf of parts.leaves) leafFeatures(leaf, buckets, into);
  into.ends[3] = into.length;
  return parts;
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

function skipFeatures(words: readonly string[], into: FeatureBuffer): void {
  for (let index = 2; index < words.length; index++) {
    const first = finish(hashText(words[index - 2]!, WORD));
    emit(into, combine(combine(first, finish(hashText(words[index]!, WORD))), SKIP));
  }
}

const SMALLEST = 3;
const LARGEST = 5;
const OPENING = 0x3c;
const CLOSING = 0x3e;

/** Character 3–5-grams of `<word>`, its boundaries included. */
function characterFeatures(word: string, into: FeatureBuffer): void {
  const length = Math.min(word.length, MAXIMUM_WORD) + 2;
  const at = (index: number) => (index === 0 ? OPENING : index === length - 1 ? CLOSING : word.charCodeAt(index - 1));
  for (let start = 0; start + SMALLEST <= length; start++) {
    let hash = CHARACTERS;
    for (let size = 1; size <= LARGEST && start + size <= length; size++) {
      hash = Math.imul(hash ^ at(start + size - 1), 0x01000193);
      if (size >= SMALLEST) emit(into, finish(hash));
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

function leafFeatures({ path, value }: Leaf, buckets: NumberBuckets, into: FeatureBuffer): void {
  const namespace = finish(hashText(path, LEAF));
  emit(into, namespace);
  if (typeof value === 'number') emit(into, combine(namespace, 1 + bucketOf(buckets, path, value)));
  const text = typeof value === 'string' ? normalizeText(value, MAXIMUM_TURN) : String(value);
  if (text.length <= LONGEST_CATEGORY)
    emit(into, combine(namespace, hashText(text, typeof value === 'string' ? LEAF : TURN)));
  if (typeof value === 'string' && text.includes(' ')) wordFeatures(tokens(text), namespace, into);
}
