import { mix, type Tokens } from './tokens.ts';

/** Phrases seen in training as values of a slot: hash of the lower-case words → slots and how often. */
export type Gazetteer = Map<number, Map<number, number>>;

export const longestPhrase = 6;

/** Hash of the tokens `first..last`, the same for the same words wherever they stand. */
export function phraseHash(tokens: Tokens, first: number, last: number): number {
  let hash = 0;
  for (let token = first; token <= last; token++) hash = mix(hash, tokens.words[token]!);
  return hash;
}

export function addPhrase(gazetteer: Gazetteer, phrase: number, slot: number): void {
  const slots = gazetteer.get(phrase) ?? new Map<number, number>();
  slots.set(slot, (slots.get(slot) ?? 0) + 1);
  gazetteer.set(phrase, slots);
}

/** Calls `found` for the longest known phrase of one of `slots` at each token that no earlier phrase of it covers.
 *  `own` are the phrases that the text's own labels added (phrase hash mixed with slot): while training they do not count,
 *  or the tagger would learn to trust a list that unseen text is not on. */
export function findPhrases(
  search: { gazetteer: Gazetteer; tokens: Tokens; slotIndex: Int16Array; own?: ReadonlySet<number> },
  found: (slotIndex: number, first: number, last: number) => void,
): void {
  const { gazetteer, tokens, slotIndex, own } = search;
  if (gazetteer.size === 0) return;
  if (covered.length < slotIndex.length) covered = new Int16Array(slotIndex.length);
  const coveredUntil = covered.fill(-1, 0, slotIndex.length);
  for (let first = 0; first < tokens.count; first++) {
    const end = Math.min(tokens.count, first + longestPhrase);
    let hash = 0;
    open.length = 0;
    for (let last = first; last < end; last++) {
      hash = mix(hash, tokens.words[last]!);
      const slots = gazetteer.get(hash);
      if (slots === undefined) continue;
      for (const [slot, count] of slots) {
        const index = slotIndex[slot]!;
        if (index < 0 || coveredUntil[slot]! >= first) continue;
        if (own !== undefined && count - (own.has(mix(hash, slot)) ? 1 : 0) < 1) continue;
        const at = open.indexOf(slot);
        if (at >= 0) open.splice(at, 2);
        open.push(slot, last);
      }
    }
    for (let at = 0; at < open.length; at += 2) {
      coveredUntil[open[at]!] = open[at + 1]!;
      found(slotIndex[open[at]!]!, first, open[at + 1]!);
    }
  }
}

/** Reused from text to text: how far a phrase of each slot reaches, and the phrases that begin at a token. */
let covered = new Int16Array(0);
const open: number[] = [];
