/** What the tagger asks of a text: the features of its tokens, and what they speak for. */

import { home, mix } from './tables';

/** sums[group][place] = Σ weights of the group's hashes, those of group g lying at offsets[g] … offsets[g + 1]. A slot of
 *  sixteen bytes says where the entries of its key begin and how many there are, a multiple of four; an entry is a weight
 *  and its label; `places` says where a label is summed up: beyond the row, when it is not asked for. The hashes of a group
 *  are replaced by the slots that are found. */
export function tally(
  slots: usize,
  mask: u32,
  entries: usize,
  hashes: usize,
  offsets: usize,
  groups: i32,
  places: usize,
  width: i32,
  sums: usize,
): void {
  const row = (<usize>width) << 2;
  for (let group: usize = 0; group < <usize>groups; group++) {
    const begin = hashes + ((<usize>load<i32>(offsets + (group << 2))) << 2);
    const end = hashes + ((<usize>load<i32>(offsets + (group << 2), 4)) << 2);
    let to = begin;
    for (let at = begin; at < end; at += 4) {
      const key = load<u32>(at);
      let index = home(key, mask);
      let slot = slots + ((<usize>index) << 4);
      while (load<u32>(slot) != key && load<i32>(slot, 4) != 0) {
        index = (index + 1) & mask;
        slot = slots + ((<usize>index) << 4);
      }
      // Written in any case, and kept when something was found: a branch would be taken at random, and wait for the slot.
      store<u32>(to, <u32>slot);
      to += (<usize>(load<i32>(slot, 4) != 0)) << 2;
    }
    memory.fill(sums, 0, row);
    for (let at = begin; at < to; at += 4) {
      const slot = <usize>load<u32>(at);
      let entry = entries + ((<usize>load<i32>(slot, 8)) << 3);
      const last = entry + ((<usize>load<i32>(slot, 12)) << 3);
      for (; entry < last; entry += 32) {
        add(sums, places, entry);
        add(sums, places, entry + 8);
        add(sums, places, entry + 16);
        add(sums, places, entry + 24);
      }
    }
    sums += row;
  }
}

function add(sums: usize, places: usize, entry: usize): void {
  const to = sums + ((<usize>load<i32>(places + ((<usize>load<i32>(entry, 4)) << 2))) << 2);
  store<f32>(to, load<f32>(to) + load<f32>(entry));
}

/** The features of a text's tokens, as hashes: `words`, `shapes` and the three affixes of each token are hashes already, as
 *  are `phrases`, at most eight a token, 0 where there is none. Of `offsets`, two name the hashes of a token: from where,
 *  and the next to where. */
export function describe(
  words: usize,
  shapes: usize,
  affixes: usize,
  phrases: usize,
  tokens: i32,
  tool: i32,
  place: i32,
  hashes: usize,
  offsets: usize,
): void {
  const before: i32 = 0x0b0b;
  const after: i32 = 0x0e0e;
  const first = hashes;
  const wordOfTool = mix(15, tool);
  const previousOfPlace = mix(16, place);
  const nextOfPlace = mix(17, place);
  const shapeOfTool = mix(18, tool);
  const shapesOfTool = mix(19, tool);
  const nextShapesOfTool = mix(20, tool);
  const edgeOfPlace = mix(21, place);
  const suffixOfTool = mix(22, tool);
  const beforeOfPlace = mix(23, place);
  const afterOfPlace = mix(24, place);
  const bias = mix(14, place);
  for (let token = 0; token < tokens; token++) {
    store<i32>(offsets + ((<usize>token) << 2), <i32>((hashes - first) >> 2));
    const at = (<usize>token) << 2;
    const word = load<i32>(words + at);
    const previous = token > 0 ? load<i32>(words + at - 4) : before;
    const next = token + 1 < tokens ? load<i32>(words + at, 4) : after;
    const secondPrevious = token > 1 ? load<i32>(words + at - 8) : before;
    const secondNext = token + 2 < tokens ? load<i32>(words + at, 8) : after;
    const shape = load<i32>(shapes + at);
    const previousShape = token > 0 ? load<i32>(shapes + at - 4) : before;
    const nextShape = token + 1 < tokens ? load<i32>(shapes + at, 4) : after;
    const suffix = load<i32>(affixes + 3 * at, 4);
    store<i32>(hashes, mix(1, word));
    store<i32>(hashes, mix(2, previous), 4);
    store<i32>(hashes, mix(3, next), 8);
    store<i32>(hashes, mix(mix(4, previous), word), 12);
    store<i32>(hashes, mix(mix(5, word), next), 16);
    store<i32>(hashes, mix(mix(6, secondPrevious), previous), 20);
    store<i32>(hashes, mix(mix(7, next), secondNext), 24);
    store<i32>(hashes, mix(8, secondPrevious), 28);
    store<i32>(hashes, mix(9, secondNext), 32);
    store<i32>(hashes, mix(10, load<i32>(affixes + 3 * at)), 36);
    store<i32>(hashes, mix(11, suffix), 40);
    store<i32>(hashes, mix(12, load<i32>(affixes + 3 * at, 8)), 44);
    store<i32>(hashes, mix(mix(13, previous), next), 48);
    store<i32>(hashes, bias, 52);
    store<i32>(hashes, mix(wordOfTool, word), 56);
    store<i32>(hashes, mix(previousOfPlace, previous), 60);
    store<i32>(hashes, mix(nextOfPlace, next), 64);
    store<i32>(hashes, mix(shapeOfTool, shape), 68);
    store<i32>(hashes, mix(mix(shapesOfTool, previousShape), shape), 72);
    store<i32>(hashes, mix(mix(nextShapesOfTool, shape), nextShape), 76);
    store<i32>(hashes, mix(edgeOfPlace, token == 0 ? 0 : token == tokens - 1 ? 2 : 1), 80);
    store<i32>(hashes, mix(suffixOfTool, suffix), 84);
    store<i32>(hashes, mix(mix(beforeOfPlace, secondPrevious), previous), 88);
    store<i32>(hashes, mix(mix(afterOfPlace, next), secondNext), 92);
    hashes += 96;
    for (let phrase: usize = 0; phrase < 32; phrase += 4) {
      const value = load<i32>(phrases + (at << 3) + phrase);
      if (value == 0) break;
      store<i32>(hashes, value);
      hashes += 4;
    }
  }
  store<i32>(offsets + ((<usize>tokens) << 2), <i32>((hashes - first) >> 2));
}
