/** Finding known phrases in a text. */

import { find, mix } from './tables';

/** What `phrases` reads, as `FRAMES` of `src/kernels/signatures.ts` lays it out. */
@unmanaged
class Phrases {
  table: usize;
  mask: u32;
  lists: usize;
  own: usize;
  words: usize;
  slotIndex: usize;
  slots: i32;
  covered: usize;
  open: usize;
  features: usize;
}

const longestPhrase = 6;
/** Features of a token. */
const most: usize = 8;

/** The phrase features of each token, `most` numbers of 32 bits, zero where there are no more: of the longest known phrase of
 *  a slot at each token that no earlier phrase of the slot covers. The table has where the slots of a phrase begin in `lists`:
 *  how many, and each with how often. `slotIndex` is negative for a slot that is not asked for. `own` are the phrases that the
 *  text's own labels added, mixed with their slot: while training they do not count, or the tagger would learn to trust a
 *  list that unseen text is not on. `covered` and `open` are scratch memory: 32 bits a slot, and 64. */
export function phrases(frame: usize, ownLength: i32, tokens: i32): void {
  const given = changetype<Phrases>(frame);
  const table = given.table;
  const mask = given.mask;
  const lists = given.lists;
  const own = given.own;
  const words = given.words;
  const slotIndex = given.slotIndex;
  const slots = given.slots;
  const covered = given.covered;
  const open = given.open;
  const features = given.features;
  memory.fill(features, 0, <usize>tokens * most * 4);
  memory.fill(covered, 0xff, (<usize>slots) << 2);
  for (let first = 0; first < tokens; first++) {
    const end = min(tokens, first + longestPhrase);
    let hash = 0;
    let opened = open;
    for (let last = first; last < end; last++) {
      hash = mix(hash, load<i32>(words + ((<usize>last) << 2)));
      let entry = lists + ((<usize>find(table, mask, hash)) << 1);
      const stop = entry + 2 + ((<usize>load<u16>(entry)) << 2);
      for (entry += 2; entry < stop; entry += 4) {
        const slot = <i32>load<u16>(entry);
        if (load<i16>(slotIndex + ((<usize>slot) << 1)) < 0) continue;
        if (load<i32>(covered + ((<usize>slot) << 2)) >= first) continue;
        if (load<u16>(entry, 2) == 1 && isAmong(own, ownLength, mix(hash, slot))) continue;
        opened = without(open, opened, slot);
        store<i32>(opened, slot);
        store<i32>(opened, last, 4);
        opened += 8;
      }
    }
    for (let at = open; at < opened; at += 8) {
      const slot = load<i32>(at);
      const last = load<i32>(at, 4);
      store<i32>(covered + ((<usize>slot) << 2), last);
      const phrase = mix(30, slot);
      for (let token = first; token <= last; token++)
        add(features, token, mix(mix(phrase, token == first ? 1 : 2), token == last ? 1 : 2));
      if (last + 1 < tokens) add(features, last + 1, mix(31, slot));
    }
  }
}

function isAmong(numbers: usize, length: i32, number: i32): bool {
  for (let at = numbers; at < numbers + ((<usize>length) << 2); at += 4) if (load<i32>(at) == number) return true;
  return false;
}

/** Takes a slot's shorter phrase from the open ones; returns their end. */
function without(open: usize, end: usize, slot: i32): usize {
  for (let at = open; at < end; at += 8)
    if (load<i32>(at) == slot) {
      memory.copy(at, at + 8, end - at - 8);
      return end - 8;
    }
  return end;
}

function add(features: usize, token: i32, feature: i32): void {
  const begin = features + <usize>token * most * 4;
  for (let at = begin; at < begin + most * 4; at += 4)
    if (load<i32>(at) == 0) {
      store<i32>(at, feature);
      return;
    }
}
