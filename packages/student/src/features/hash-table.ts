/** Index of a key among `keys`, or -1: open addressing at half load, key and index side by side, so that a look-up is
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
