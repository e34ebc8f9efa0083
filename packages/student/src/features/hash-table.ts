import { ascending } from './order.ts';

/** Index of a key among `keys`, or -1. Open addressing at half load or less, key and index side by side, so that a look-up is
 *  one reach into memory. */
export function hashTable(keys: Int32Array): (key: number) => number {
  let size = 16;
  while (size < keys.length * 2) size *= 2;
  const mask = size - 1;
  const slots = new Int32Array(2 * size);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    let at = (key ^ (key >>> 16)) & mask;
    while (slots[2 * at + 1] !== 0) at = (at + 1) & mask;
    slots[2 * at] = key;
    slots[2 * at + 1] = index + 1;
  }
  return (key) => {
    let at = (key ^ (key >>> 16)) & mask;
    for (let index = slots[2 * at + 1]!; index !== 0; index = slots[2 * at + 1]!) {
      if (slots[2 * at] === key) return index - 1;
      at = (at + 1) & mask;
    }
    return -1;
  };
}

/** A table as the kernels look things up (`assembly/tables.ts`): buckets of four keys, which are compared at once, and what is
 *  said of each beside them: a look-up reaches for one line of the memory. */
export interface BucketTable {
  buckets: number;
  /** The buckets, and a 0 for what is not found. */
  numbers: Int32Array;
}

const KEYS_PER_BUCKET = 4;

function bucketsFor(keys: number): number {
  let buckets = 1;
  while (buckets * KEYS_PER_BUCKET < 2 * keys) buckets *= 2;
  return buckets;
}

/** Indices of keys in the order of their buckets. A table of keys that come so is filled from front to back, several times
 *  faster than all over. */
export function byBucket(keys: Int32Array): Int32Array {
  const mask = bucketsFor(keys.length) - 1;
  return ascending(keys.map((key) => (key ^ (key >>> 16)) & mask));
}

/** Enters 32 bits for every key. A key of 0 is a free place and never found; of equal keys the first counts. */
export function bucketTable(keys: Int32Array, payloads: Int32Array | Float32Array): BucketTable {
  const buckets = bucketsFor(keys.length);
  const width = 2 * KEYS_PER_BUCKET;
  const numbers = new Int32Array(width * buckets + 1);
  const bits = new Int32Array(payloads.buffer, payloads.byteOffset, payloads.length);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    let at = width * ((key ^ (key >>> 16)) & (buckets - 1));
    // Of the first bucket that is not full of others, the key's own place or the first free one.
    for (let tried = 0; numbers[at] !== 0 && numbers[at] !== key;) {
      if (++tried % KEYS_PER_BUCKET !== 0) at++;
      else at = (at + 1 + KEYS_PER_BUCKET) % (width * buckets);
    }
    if (numbers[at] === key) continue;
    numbers[at] = key;
    numbers[at + KEYS_PER_BUCKET] = bits[index]!;
  }
  return { buckets, numbers };
}

/** 1, 2, 3, …: the numbers of so many keys. */
export function numbersOf(keys: Int32Array): Int32Array {
  return keys.map((_, index) => index + 1);
}
