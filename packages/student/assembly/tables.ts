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

/** Mixes a hash into another, as `src/arguments/tokens.ts` does. */
export function mix(seed: i32, value: i32): i32 {
  let hash: i32 = (seed ^ (value + <i32>0x9e3779b9 + (seed << 6) + <i32>((<u32>seed) >> 2))) * <i32>0x85ebca6b;
  hash ^= <i32>((<u32>hash) >> 13);
  hash *= <i32>0xc2b2ae35;
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

/** Weighs the hashes of a request, block after block: (1 + ln tf) · idf, each block scaled to its own weight as length, what
 *  the table does not know counting in the length. The table has 1 + the feature of each hash; for each such number, 0
 *  included, `idf` has its idf and a count that is zero between calls. Returns how many features there are; `known`
 *  receives their share of the weight. */
export function weigh(
  table: usize,
  mask: u32,
  idf: usize,
  hashes: usize,
  ends: usize,
  blockWeights: usize,
  blocks: i32,
  unseenIdf: f64,
  features: usize,
  values: usize,
  known: usize,
): i32 {
  let length: usize = 0;
  let at: usize = hashes;
  let knownWeight: f64 = 0;
  let allWeight: f64 = 0;
  for (let block: usize = 0; block < <usize>blocks; block++) {
    const start = length;
    const end = hashes + ((<usize>load<i32>(ends + (block << 2))) << 2);
    for (; at < end; at += 4) {
      const number = find(table, mask, load<u32>(at));
      const known = idf + ((<usize>number) << 3);
      const count = load<i32>(known, 4);
      store<i32>(known, count + 1, 4);
      // Written in any case, and kept when it is known and new.
      store<i32>(features + (length << 2), number - 1);
      length += (<usize>(number != 0)) & (<usize>(count == 0));
    }
    const unseen = <f64>load<i32>(idf, 4);
    store<i32>(idf, 0, 4);
    let squares: f64 = 0;
    for (let entry = start; entry < length; entry++) {
      const feature = idf + ((<usize>(load<i32>(features + (entry << 2)) + 1)) << 3);
      const count = load<i32>(feature, 4);
      store<i32>(feature, 0, 4);
      const once = <f64>load<f32>(feature);
      const value = count == 1 ? once : (1 + log(<f64>count)) * once;
      store<f32>(values + (entry << 2), <f32>value);
      squares += value * value;
    }
    const total = squares + unseen * unseenIdf * unseenIdf;
    if (total == 0) continue;
    const weight = load<f64>(blockWeights + (block << 3));
    const scale = weight / sqrt(total);
    for (let entry = start; entry < length; entry++)
      store<f32>(values + (entry << 2), <f32>(<f64>load<f32>(values + (entry << 2)) * scale));
    knownWeight += (weight * weight * squares) / total;
    allWeight += weight * weight;
  }
  store<f64>(known, allWeight == 0 ? 0 : knownWeight / allWeight);
  return <i32>length;
}

/** Sums the vectors of the words whose hashes lie every eight bytes into a vector of unit length, or zero where none is known.
 *  The table has 1 + the index of each; `dimensions` is a multiple of four. */
export function meaning(
  table: usize,
  mask: u32,
  bytes: usize,
  scales: usize,
  dimensions: i32,
  hashes: usize,
  words: i32,
  sums: usize,
  unit: usize,
): void {
  const width = <usize>dimensions;
  memory.fill(sums, 0, width << 3);
  for (let word: usize = 0; word < <usize>words; word++) {
    const number = find(table, mask, load<u32>(hashes + (word << 3)));
    if (number == 0) continue;
    const index = <usize>(number - 1);
    const scale = f64x2.splat(<f64>load<f32>(scales + (index << 2)));
    const row = bytes + index * width;
    for (let dimension: usize = 0; dimension < width; dimension += 4) {
      const four = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(row + dimension)));
      const sum = sums + (dimension << 3);
      const low = f64x2.mul(scale, f64x2.convert_low_i32x4_s(four));
      const high = f64x2.mul(scale, f64x2.convert_low_i32x4_s(v128.shuffle<i32>(four, four, 2, 3, 0, 1)));
      v128.store(sum, f64x2.add(v128.load(sum), low));
      v128.store(sum, f64x2.add(v128.load(sum, 16), high), 16);
    }
  }
  let squares: f64 = 0;
  for (let at = sums; at < sums + (width << 3); at += 8) squares += load<f64>(at) * load<f64>(at);
  const length = squares == 0 ? 1 : sqrt(squares);
  for (let dimension: usize = 0; dimension < width; dimension++)
    store<f32>(unit + (dimension << 2), <f32>(load<f64>(sums + (dimension << 3)) / length));
}
