/** FNV-1a over UTF-16 code units with MurmurHash3's finaliser, as the kernel's `hash32`, over a part of a string: the
 *  n-grams of a text are hashed without being cut out of it. */
export function hashRange(text: string, start: number, end: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** How often each hash was added: open addressing over typed arrays, cleared in proportion to what it holds. A Map does
 *  the same several times slower, and this is the innermost loop of embedding. */
export class FeatureCounts {
  #hashes = new Uint32Array(1 << 12);
  #counts = new Uint32Array(1 << 12);
  #used = new Uint32Array(1 << 11);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(value: number, times = 1): void {
    const hash = value >>> 0;
    const mask = this.#hashes.length - 1;
    let slot = hash & mask;
    while (this.#counts[slot] !== 0 && this.#hashes[slot] !== hash) slot = (slot + 1) & mask;
    if (this.#counts[slot] === 0) {
      if (this.#size === this.#used.length) return this.#grow(hash, times);
      this.#hashes[slot] = hash;
      this.#used[this.#size++] = slot;
    }
    this.#counts[slot]! += times;
  }

  /** In the order in which the hashes were first added. */
  forEach(visit: (hash: number, count: number) => void): void {
    for (let index = 0; index < this.#size; index++) {
      const slot = this.#used[index]!;
      visit(this.#hashes[slot]!, this.#counts[slot]!);
    }
  }

  clear(): void {
    for (let index = 0; index < this.#size; index++) this.#counts[this.#used[index]!] = 0;
    this.#size = 0;
  }

  #grow(hash: number, times: number): void {
    const held: [number, number][] = [];
    this.forEach((known, count) => held.push([known, count]));
    this.#hashes = new Uint32Array(this.#hashes.length * 2);
    this.#counts = new Uint32Array(this.#counts.length * 2);
    this.#used = new Uint32Array(this.#used.length * 2);
    this.#size = 0;
    for (const [known, count] of held) this.add(known, count);
    this.add(hash, times);
  }
}
