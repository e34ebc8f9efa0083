/** A seeded stream of random numbers: the same seed gives the same stream on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** An independent stream for a named purpose, so that one consumer's draws do not move another's. */
  fork(label: string): Random;
}

/** sfc32 (Doty-Humphrey, PractRand), seeded through the 32-bit hash of a label. */
export function seededRandom(seed: number | string): Random {
  const label = String(seed);
  let a = hash32(label, 0x9e3779b9);
  let b = hash32(label, 0x243f6a88);
  let c = hash32(label, 0xb7e15162);
  let counter = 1;
  const nextInteger = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let warmup = 0; warmup < 12; warmup++) nextInteger();
  const next = () => nextInteger() / 4294967296;
  const integer = (bound: number) => Math.floor(next() * bound);
  return {
    next,
    integer,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('pick needs at least one item');
      return items[integer(items.length)]!;
    },
    shuffle: (items) => {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
      }
      return shuffled;
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    fork: (purpose) => seededRandom(`${label}/${purpose}`),
  };
}

/** FNV-1a over UTF-16 code units with MurmurHash3's finaliser: fast, seedable, the same on every machine.
 *  Not for secrets. Returns an unsigned 32-bit integer. */
export function hash32(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
