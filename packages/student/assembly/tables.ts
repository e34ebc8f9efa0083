/** Looking hashes up. A table is buckets, their number a power of two, of four keys and then 32 bits for each of them; and
 *  behind the last a 0 for what is not found (`src/features/hash-table.ts`). A bucket is compared at once, without a branch:
 *  one that is taken at random would wait for the memory. Places are taken in order; a key that finds its bucket full goes
 *  into the next. */

/** What the table has for a key, or 0. */
export function find(table: usize, mask: u32, key: u32): u32 {
  let index = (key ^ (key >> 16)) & mask;
  let bucket = table + ((<usize>index) << 5);
  let hits = hitsIn(bucket, key);
  // Few buckets are full.
  while (load<i32>(bucket, 12) != 0 && hits == 0) {
    index = (index + 1) & mask;
    bucket = table + ((<usize>index) << 5);
    hits = hitsIn(bucket, key);
  }
  return load<u32>(
    select<usize>(bucket + 16 + ((<usize>ctz(hits)) << 2), table + ((<usize>(mask + 1)) << 5), hits != 0),
  );
}

function hitsIn(bucket: usize, key: u32): u32 {
  return i32x4.bitmask(i32x4.eq(v128.load(bucket), i32x4.splat(key)));
}

function weightOf(table: usize, mask: u32, key: u32): f64 {
  return <f64>reinterpret<f32>(find(table, mask, key));
}

/** Adds weight · strength of each known hash to the score of its candidate, one after another. The table has the weights. */
export function vote(
  table: usize,
  mask: u32,
  hashes: usize,
  candidates: usize,
  strengths: usize,
  length: i32,
  scores: usize,
): void {
  for (let entry: usize = 0; entry < <usize>length; entry++) {
    const weight = weightOf(table, mask, load<u32>(hashes + (entry << 2)));
    const score = scores + ((<usize>load<i32>(candidates + (entry << 2))) << 3);
    store<f64>(score, load<f64>(score) + weight * load<f64>(strengths + (entry << 3)));
  }
}

/** 2^32 over the golden ratio, and the multipliers of MurmurHash3's finaliser (Appleby). */
const GOLDEN_RATIO: i32 = <i32>0x9e3779b9;
const FIRST_MULTIPLIER: i32 = <i32>0x85ebca6b;
const SECOND_MULTIPLIER: i32 = <i32>0xc2b2ae35;

/** Mixes a hash into another, as `src/arguments/tokens.ts` does. */
export function mix(seed: i32, value: i32): i32 {
  let hash: i32 = (seed ^ (value + GOLDEN_RATIO + (seed << 6) + <i32>((<u32>seed) >> 2))) * FIRST_MULTIPLIER;
  hash ^= <i32>((<u32>hash) >> 13);
  hash *= SECOND_MULTIPLIER;
  return hash ^ (<i32>((<u32>hash) >> 16));
}

/** Adds weight · strength of each word, mixed into `word`, and of each pair with the word before it, mixed into `pair`, to
 *  a score, one after another. The table has the weights. */
export function sentence(
  table: usize,
  mask: u32,
  word: i32,
  pair: i32,
  words: usize,
  length: i32,
  strength: f64,
  score: usize,
): void {
  let sum = load<f64>(score);
  for (let at: usize = 0; at < <usize>length; at++) {
    const own = load<i32>(words + (at << 2));
    sum += weightOf(table, mask, mix(word, own)) * strength;
    if (at == 0) continue;
    const before = load<i32>(words + ((at - 1) << 2));
    sum += weightOf(table, mask, mix(mix(pair, before), own)) * strength;
  }
  store<f64>(score, sum);
}

declare function log(x: f64): f64;

/** What `weigh` reads, as `FRAMES` of `src/kernels/signatures.ts` lays it out; `unseenIdf` is where it stands. */
@unmanaged
class Weigh {
  table: usize;
  mask: u32;
  idf: usize;
  unseenIdf: usize;
  features: usize;
  values: usize;
  squares: usize;
}

/** Weighs the hashes of a block: (1 + ln tf) · idf, or tf · idf where `additive`. The table has 1 + the feature of each hash;
 *  for each such number, 0 included, `idf` has its idf and a count that is zero between calls. They are written from
 *  place `entry` of features and values on. Returns how many there are; `squares` receives the sum of the squares of their weights, and after it the same with what the table does not know,
 *  which weighs `unseenIdf`. What is additive counts idf² every time it is met, as if it were met among others. */
export function weigh(frame: usize, hashes: usize, count: i32, additive: bool, entry: i32): i32 {
  const given = changetype<Weigh>(frame);
  const table = given.table;
  const mask = given.mask;
  const idf = given.idf;
  const squares = given.squares;
  const features = given.features + ((<usize>entry) << 2);
  const values = given.values + ((<usize>entry) << 2);
  const unseenIdf = load<f64>(given.unseenIdf);
  let length: usize = 0;
  const end = hashes + ((<usize>count) << 2);
  for (let at = hashes; at < end; at += 4) {
    const number = find(table, mask, load<u32>(at));
    const known = idf + ((<usize>number) << 3);
    const met = load<i32>(known, 4);
    store<i32>(known, met + 1, 4);
    // Written in any case, and kept when it is known and new.
    store<i32>(features + (length << 2), number - 1);
    length += (<usize>(number != 0)) & (<usize>(met == 0));
  }
  const unseen = <f64>load<i32>(idf, 4);
  store<i32>(idf, 0, 4);
  let sum: f64 = 0;
  for (let entry: usize = 0; entry < length; entry++) {
    const feature = idf + ((<usize>(load<i32>(features + (entry << 2)) + 1)) << 3);
    const met = load<i32>(feature, 4);
    store<i32>(feature, 0, 4);
    const once = <f64>load<f32>(feature);
    const value = met == 1 ? once : additive ? <f64>met * once : (1 + log(<f64>met)) * once;
    store<f32>(values + (entry << 2), <f32>value);
    sum += additive ? value * once : value * value;
  }
  store<f64>(squares, sum);
  store<f64>(squares, sum + unseen * unseenIdf * unseenIdf, 8);
  return <i32>length;
}

/** Adds the vector of the word with a hash to a sum; its numbers are bytes of one scale. The table has 1 + the index of each;
 *  `dimensions` is a multiple of four. */
export function addMeaning(
  table: usize,
  mask: u32,
  bytes: usize,
  scales: usize,
  dimensions: i32,
  hash: u32,
  sums: usize,
): void {
  const number = find(table, mask, hash);
  if (number == 0) return;
  const index = <usize>(number - 1);
  const scale = f32x4.splat(load<f32>(scales + (index << 2)));
  const row = bytes + index * <usize>dimensions;
  for (let dimension: usize = 0; dimension < <usize>dimensions; dimension += 4) {
    const four = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(row + dimension)));
    const sum = sums + (dimension << 2);
    v128.store(sum, f32x4.add(v128.load(sum), f32x4.mul(scale, f32x4.convert_i32x4_s(four))));
  }
}
