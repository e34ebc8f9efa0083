import { combine, finish, hashText } from './hash.ts';

/** A word of a text with its hashes: read once and remembered. */
export interface Word {
  /** No two words that were ever read have the same. */
  serial: number;
  /** Among the remembered, from 0; another word's after this one is forgotten. */
  place: number;
  /** Before it is told where the word stands. */
  hash: number;
  /** As a feature of the text itself, and as what a vector of meaning is known by. */
  named: number;
  paired: number;
  crossed: number;
  /** Its character 3–5-grams. */
  characters: readonly number[];
}

/** Of a text with more words than this the first are read. */
export const MAXIMUM_TOKENS = 512;

export const WORD = 0x3c6ef372;
const PAIR = 0x1f83d9ab;
const CROSSED = 0x6f0a91d3;
const CHARACTERS = 0x5be0cd19;

/** Several times the words of the longest text. */
export const REMEMBERED_WORDS = 4096;

/** A word that more came after than this might be forgotten for others of the text that it is read in. */
const SURE_TO_STAY = REMEMBERED_WORDS - MAXIMUM_TOKENS;

/** Reads words with a memory: of more than it holds, the one that came first is forgotten. One that is met shortly before that
 *  comes anew, so that all words of a text have places of their own. */
export function wordReader(): (text: string) => Word {
  const known = new Map<string, Word>();
  const texts: string[] = [];
  let serial = 0;
  return (text) => {
    const found = known.get(text);
    if (found && serial - found.serial <= SURE_TO_STAY) return found;
    const place = serial % REMEMBERED_WORDS;
    const former = texts[place];
    if (former !== undefined && known.get(former)?.place === place) known.delete(former);
    const word = { ...(found ?? read(text)), serial: ++serial, place };
    texts[place] = text;
    known.set(text, word);
    return word;
  };
}

function read(text: string): Omit<Word, 'serial' | 'place'> {
  const hash = plainHash(text);
  return {
    hash,
    named: combine(hash, WORD),
    paired: finish(hashText(text, PAIR)),
    crossed: finish(hashText(text, CROSSED)),
    characters: charactersOf(text),
  };
}

/** The hash of a word, whatever text it stands in. */
export function plainHash(word: string): number {
  return finish(hashText(word, WORD));
}

/** How a word of the text itself is named among its features. */
export function wordHash(word: string): number {
  return combine(plainHash(word), WORD);
}

const MAXIMUM_WORD = 32;
const SMALLEST = 3;
const LARGEST = 5;
const OPENING = 0x3c;
const CLOSING = 0x3e;

/** Character 3–5-grams of `<word>`, its boundaries included. */
function charactersOf(word: string): number[] {
  const hashes: number[] = [];
  const last = Math.min(word.length, MAXIMUM_WORD) + 1;
  for (let start = 0; start + SMALLEST <= last + 1; start++) {
    let hash = CHARACTERS;
    const end = Math.min(start + LARGEST - 1, last);
    for (let index = start; index <= end; index++) {
      const code = index === 0 ? OPENING : index === last ? CLOSING : word.charCodeAt(index - 1);
      hash = Math.imul(hash ^ code, 0x01000193);
      if (index - start >= SMALLEST - 1) hashes.push(finish(hash));
    }
  }
  return hashes;
}
