import { KERNELS_BASE64 } from './module.ts';

/** The kernels of `assembly/`; pointers are `byteOffset`s of arrays of the same room. */
export interface Kernels {
  product(weights: number, bases: number, values: number, length: number, columns: number, sums: number): void;
  productOfBytes(
    bytes: number,
    scales: number,
    stride: number,
    rows: number,
    values: number,
    length: number,
    columns: number,
    sums: number,
  ): void;
  dots(weights: number, bases: number, length: number, slopes: number, columns: number, results: number): void;
  descend(
    weights: number,
    energies: number,
    bases: number,
    values: number,
    length: number,
    slopes: number,
    blocks: number,
    blockCount: number,
    rate: number,
  ): void;
  emissions(
    weights: number,
    columns: number,
    rows: number,
    offsets: number,
    tokens: number,
    labels: number,
    labelCount: number,
    sums: number,
  ): void;
  phrases(
    table: number,
    mask: number,
    lists: number,
    own: number,
    ownLength: number,
    words: number,
    tokens: number,
    slotIndex: number,
    slots: number,
    covered: number,
    open: number,
    features: number,
  ): void;
  describe(
    words: number,
    shapes: number,
    affixes: number,
    phrases: number,
    tokens: number,
    tool: number,
    place: number,
    hashes: number,
    offsets: number,
  ): void;
  tally(
    table: number,
    mask: number,
    numbers: number,
    rowLabels: number,
    step: number,
    hashes: number,
    offsets: number,
    groups: number,
    rows: number,
    fours: number,
    row: number,
    labels: number,
    width: number,
    sums: number,
  ): void;
  vote(
    table: number,
    mask: number,
    hashes: number,
    candidates: number,
    strengths: number,
    length: number,
    scores: number,
  ): void;
  sentence(
    table: number,
    mask: number,
    word: number,
    pair: number,
    words: number,
    length: number,
    strength: number,
    score: number,
  ): void;
  weigh(
    table: number,
    mask: number,
    idf: number,
    hashes: number,
    count: number,
    additive: boolean,
    unseenIdf: number,
    features: number,
    values: number,
    squares: number,
  ): number;
  addMeaning(
    table: number,
    mask: number,
    bytes: number,
    scales: number,
    dimensions: number,
    hash: number,
    sums: number,
  ): void;
  chances(
    features: number,
    strengths: number,
    starts: number,
    candidates: number,
    states: number,
    chances: number,
  ): void;
  choose(
    features: number,
    strengths: number,
    starts: number,
    candidates: number,
    states: number,
    chances: number,
    answer: number,
    importance: number,
    rate: number,
    shrink: number,
  ): void;
  ahead(emissions: number, transitions: number, tokens: number, slots: number, forward: number): void;
  trace(transitions: number, tokens: number, slots: number, forward: number, path: number): number;
  marginals(
    emissions: number,
    transitions: number,
    tokens: number,
    slots: number,
    factors: number,
    potentials: number,
    scales: number,
    chances: number,
    expected: number,
  ): void;
  adjust(
    weights: number,
    energies: number,
    columns: number,
    rows: number,
    offsets: number,
    tokens: number,
    labels: number,
    width: number,
    slopes: number,
    rate: number,
    moved: number,
  ): number;
  behind(emissions: number, transitions: number, tokens: number, slots: number, backward: number): void;
}

export interface Place<Numbers> {
  bytes: number;
  at(buffer: ArrayBuffer, offset: number): Numbers;
}

export const float32 = (length: number): Place<Float32Array> => ({
  bytes: 4 * length,
  at: (buffer, offset) => new Float32Array(buffer, offset, length),
});
export const float64 = (length: number): Place<Float64Array> => ({
  bytes: 8 * length,
  at: (buffer, offset) => new Float64Array(buffer, offset, length),
});
export const int32 = (length: number): Place<Int32Array> => ({
  bytes: 4 * length,
  at: (buffer, offset) => new Int32Array(buffer, offset, length),
});
export const int16 = (length: number): Place<Int16Array> => ({
  bytes: 2 * length,
  at: (buffer, offset) => new Int16Array(buffer, offset, length),
});
export const uint16 = (length: number): Place<Uint16Array> => ({
  bytes: 2 * length,
  at: (buffer, offset) => new Uint16Array(buffer, offset, length),
});
export const int8 = (length: number): Place<Int8Array> => ({
  bytes: length,
  at: (buffer, offset) => new Int8Array(buffer, offset, length),
});

export type Arrays<Places extends Record<string, Place<unknown>>> = {
  [Name in keyof Places]: Places[Name] extends Place<infer Numbers> ? Numbers : never;
};

/** Kernels with a memory of their own that holds exactly the named arrays, all zero. Its size is settled at once, for a
 *  memory that grows would take the arrays away. */
export function openRoom<Places extends Record<string, Place<unknown>>>(
  places: Places,
): {
  kernels: Kernels;
  arrays: Arrays<Places>;
} {
  const aligned = (bytes: number) => Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
  const size = Object.values(places).reduce((sum, { bytes }) => sum + aligned(bytes), FIRST_FREE);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) });
  let offset = FIRST_FREE;
  const arrays = Object.entries(places).map(([name, place]) => {
    const array = place.at(memory.buffer, offset);
    offset += aligned(place.bytes);
    return [name, array] as const;
  });
  const { exports } = new WebAssembly.Instance(compiled(), {
    env: { memory },
    tables: { log: Math.log },
    choice: { exp: Math.exp },
    field: { exp: Math.exp },
  });
  return { kernels: exports as unknown as Kernels, arrays: Object.fromEntries(arrays) as never };
}

/** Where arrays begin, for the kernels. */
export function offsetsOf<Name extends string>(arrays: Record<Name, { byteOffset: number }>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<{ byteOffset: number }>(arrays).map(([name, { byteOffset }]) => [name, byteOffset]),
  ) as Record<Name, number>;
}

/** Columns as the kernels take them: the next multiple of sixteen. */
export function padded(columns: number): number {
  return Math.ceil(columns / 16) * 16;
}

/** The little of WebAssembly that is used: its own types come with the browser's, which a server should not see. */
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Record<string, unknown> };
};

const CACHE_LINE = 64;
const PAGE = 65_536;
/** What lies below belongs to the compiler. */
const FIRST_FREE = 1024;

let code: object | undefined;

function compiled(): object {
  code ??= new WebAssembly.Module(Uint8Array.from(atob(KERNELS_BASE64), (character) => character.charCodeAt(0)));
  return code;
}
