/** What the tagger asks of a text: the features of its tokens, and what they speak for. */

import { find, mix } from './tables';

/** What `tally` reads, as `FRAMES` of `src/kernels/signatures.ts` lays it out. */
@unmanaged
class Tally {
  table: usize;
  mask: u32;
  numbers: usize;
  rowLabels: i32;
  hashes: usize;
  offsets: usize;
  rows: usize;
  fours: usize;
  row: usize;
  labels: usize;
  sums: usize;
}

/** sums[group][place] = step · Σ weights of the group's hashes for the label at that place, the hashes of group g lying at
 *  offsets[g] … offsets[g + 1]. The table has where the numbers of each hash begin, in units of sixteen bytes, times four, and
 *  what they are: 1 or 2 for so many fours of a weight and its label, 3 for a row of a weight for every label. Weights are
 *  sixteen bits. `rows`, `fours` and `row` are scratch memory; `rowLabels` is a multiple of 32. */
export function tally(frame: usize, step: f32, groups: i32, width: i32): void {
  const given = changetype<Tally>(frame);
  const table = given.table;
  const mask = given.mask;
  const numbers = given.numbers;
  const hashes = given.hashes;
  const offsets = given.offsets;
  const rows = given.rows;
  const fours = given.fours;
  const row = given.row;
  const labels = given.labels;
  let sums = given.sums;
  const rowBytes = (<usize>given.rowLabels) << 1;
  let at = hashes;
  for (let group: usize = 0; group < <usize>groups; group++) {
    const end = hashes + ((<usize>load<i32>(offsets + (group << 2), 4)) << 2);
    let lastRow = rows;
    let lastFour = fours;
    for (; at < end; at += 4) {
      const entry = find(table, mask, load<u32>(at));
      const begin = <u32>numbers + ((entry >> 2) << 4);
      const kind = entry & 3;
      // Written in any case, and kept when it is one: a branch would be taken at random, and wait for the table.
      store<u32>(lastRow, begin);
      lastRow += (<usize>(kind == 3)) << 2;
      store<u32>(lastFour, begin);
      store<u32>(lastFour, begin + 16, 4);
      lastFour += select<usize>(0, (<usize>kind) << 2, kind == 3);
    }
    addRows(rows, lastRow, rowBytes, row);
    for (let four = fours; four < lastFour; four += 4) {
      const entry = <usize>load<u32>(four);
      add(row, entry);
      add(row, entry + 4);
      add(row, entry + 8);
      add(row, entry + 12);
    }
    for (let place: usize = 0; place < (<usize>width) << 2; place += 4) {
      const sum = load<i32>(row + ((<usize>load<i32>(labels + place)) << 2));
      store<f32>(sums + place, <f32>sum * step);
    }
    sums += (<usize>width) << 2;
  }
}

function add(row: usize, entry: usize): void {
  const sum = row + ((<usize>load<u16>(entry, 2)) << 2);
  store<i32>(sum, load<i32>(sum) + <i32>load<i16>(entry));
}

/** row = Σ of the rows that are listed, of sixteen bits each; `row` has 32 bits a label. */
function addRows(rows: usize, last: usize, rowBytes: usize, row: usize): void {
  for (let column: usize = 0; column < rowBytes; column += 32) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    for (let at = rows; at < last; at += 4) {
      const from = <usize>load<u32>(at) + column;
      const first = v128.load(from);
      a = i32x4.add(a, i32x4.extend_low_i16x8_s(first));
      b = i32x4.add(b, i32x4.extend_high_i16x8_s(first));
      const second = v128.load(from, 16);
      c = i32x4.add(c, i32x4.extend_low_i16x8_s(second));
      d = i32x4.add(d, i32x4.extend_high_i16x8_s(second));
    }
    const to = row + (column << 1);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
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
