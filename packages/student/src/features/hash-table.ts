/** Slots of a table of so many keys: at most half of them are taken. */
export function slotsFor(keys: number): number {
  let slots = 16;
  while (slots < keys * 2) slots *= 2;
  return slots;
}

/** Enters every key with 1 + its index into free slots of `width` numbers each, by open addressing: key and index side by
 *  side, so that a look-up is one reach into memory. Calls `entered` with where each slot begins. */
export function enterKeys(
  slots: Int32Array,
  keys: Int32Array,
  width: number,
  entered: (index: number, at: number) => void = () => undefined,
): void {
  const mask = slots.length / width - 1;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    let at = (key ^ (key >>> 16)) & mask;
    while (slots[width * at + 1] !== 0) at = (at + 1) & mask;
    slots[width * at] = key;
    slots[width * at + 1] = index + 1;
    entered(index, width * at);
  }
}

/** Index of a key among those entered in slots of two numbers, or -1. */
export function indexIn(slots: Int32Array, key: number): number {
  const mask = slots.length / 2 - 1;
  let at = (key ^ (key >>> 16)) & mask;
  for (let index = slots[2 * at + 1]!; index !== 0; index = slots[2 * at + 1]!) {
    if (slots[2 * at] === key) return index - 1;
    at = (at + 1) & mask;
  }
  return -1;
}

/** Index of a key among `keys`, or -1. */
export function hashTable(keys: Int32Array): (key: number) => number {
  const slots = new Int32Array(2 * slotsFor(keys.length));
  enterKeys(slots, keys, 2);
  return (key) => indexIn(slots, key);
}
