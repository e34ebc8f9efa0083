/** Looking hashes up. A table is open addressing at half load or less, its size a power of two, beginning with the key and
 *  1 + the index of the key (0: free) of each slot. */

export function home(key: u32, mask: u32): u32 {
  return (key ^ (key >> 16)) & mask;
}

/** Adds weight · strength of each known hash to the score of its candidate, one after another. Slots of eight bytes. */
export function vote(
  slots: usize,
  mask: u32,
  weights: usize,
  hashes: usize,
  candidates: usize,
  strengths: usize,
  length: i32,
  scores: usize,
): void {
  for (let entry: usize = 0; entry < <usize>length; entry++) {
    const weight = weightOf(slots, mask, weights, load<u32>(hashes + (entry << 2)));
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

/** The weight of a hash, 0 when it has none. Slots of eight bytes. */
function weightOf(slots: usize, mask: u32, weights: usize, key: u32): f64 {
  let at = home(key, mask);
  let slot = slots + ((<usize>at) << 3);
  let found = load<i32>(slot, 4);
  while (found != 0 && load<u32>(slot) != key) {
    at = (at + 1) & mask;
    slot = slots + ((<usize>at) << 3);
    found = load<i32>(slot, 4);
  }
  return found == 0 ? 0 : <f64>load<f32>(weights + ((<usize>(found - 1)) << 2));
}

/** Adds weight · strength of each word, mixed into `word`, and of each pair with the word before it, mixed into `pair`, to
 *  a score, one after another. */
export function sentence(
  slots: usize,
  mask: u32,
  weights: usize,
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
    sum += weightOf(slots, mask, weights, mix(word, own)) * strength;
    if (at == 0) continue;
    const before = load<i32>(words + ((at - 1) << 2));
    sum += weightOf(slots, mask, weights, mix(mix(pair, before), own)) * strength;
  }
  store<f64>(score, sum);
}

declare function log(x: f64): f64;

/** Weighs the hashes of a request, block after block: (1 + ln tf) · idf, each block scaled to its own weight as length, what
 *  the table does not know counting in the length. Slots of sixteen bytes: key, index + 1, idf, and a count that is zero
 *  between calls. Returns how many features there are; `known` receives their share of the weight. */
export function weigh(
  slots: usize,
  mask: u32,
  hashes: usize,
  ends: usize,
  blockWeights: usize,
  blocks: i32,
  unseenIdf: f64,
  features: usize,
  values: usize,
  places: usize,
  known: usize,
): i32 {
  let length: usize = 0;
  let at: usize = hashes;
  let knownWeight: f64 = 0;
  let allWeight: f64 = 0;
  for (let block: usize = 0; block < <usize>blocks; block++) {
    const start = length;
    const end = hashes + ((<usize>load<i32>(ends + (block << 2))) << 2);
    let unseen: f64 = 0;
    for (; at < end; at += 4) {
      const key = load<u32>(at);
      let index = home(key, mask);
      let slot = slots + ((<usize>index) << 4);
      let found = load<i32>(slot, 4);
      while (found != 0 && load<u32>(slot) != key) {
        index = (index + 1) & mask;
        slot = slots + ((<usize>index) << 4);
        found = load<i32>(slot, 4);
      }
      if (found == 0) {
        unseen++;
        continue;
      }
      const count = load<i32>(slot, 12);
      store<i32>(slot, count + 1, 12);
      if (count != 0) continue;
      store<i32>(features + (length << 2), found - 1);
      store<i32>(places + (length << 2), <i32>slot);
      length++;
    }
    let squares: f64 = 0;
    for (let entry = start; entry < length; entry++) {
      const slot = <usize>load<i32>(places + (entry << 2));
      const count = load<i32>(slot, 12);
      store<i32>(slot, 0, 12);
      const idf = <f64>load<f32>(slot, 8);
      const value = count == 1 ? idf : (1 + log(<f64>count)) * idf;
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
