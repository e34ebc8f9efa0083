import { instantiate } from './loader.ts';
import { FRAMES, type FrameName, type Kernels } from './signatures.ts';

export { writeFrame, type Kernels } from './signatures.ts';

/** An array that an arena holds. */
export interface ArenaArray<Numbers> {
  bytes: number;
  at(buffer: ArrayBuffer, offset: number): Numbers;
}

export const float32 = (length: number): ArenaArray<Float32Array> => ({
  bytes: 4 * length,
  at: (buffer, offset) => new Float32Array(buffer, offset, length),
});
export const float64 = (length: number): ArenaArray<Float64Array> => ({
  bytes: 8 * length,
  at: (buffer, offset) => new Float64Array(buffer, offset, length),
});
export const int32 = (length: number): ArenaArray<Int32Array> => ({
  bytes: 4 * length,
  at: (buffer, offset) => new Int32Array(buffer, offset, length),
});
export const int16 = (length: number): ArenaArray<Int16Array> => ({
  bytes: 2 * length,
  at: (buffer, offset) => new Int16Array(buffer, offset, length),
});
export const uint16 = (length: number): ArenaArray<Uint16Array> => ({
  bytes: 2 * length,
  at: (buffer, offset) => new Uint16Array(buffer, offset, length),
});
export const int8 = (length: number): ArenaArray<Int8Array> => ({
  bytes: length,
  at: (buffer, offset) => new Int8Array(buffer, offset, length),
});

export type Arrays<Layout extends Record<string, ArenaArray<unknown>>> = {
  [Name in keyof Layout]: Layout[Name] extends ArenaArray<infer Numbers> ? Numbers : never;
};

/** The frame of a kernel of many arguments. */
export const frameOf = (name: FrameName): ArenaArray<Int32Array> => int32(FRAMES[name].length);

/** Kernels with a memory of their own that holds exactly the named arrays, all zero. Its size is settled at once, for a
 *  memory that grows would detach the arrays. */
export function openArena<Layout extends Record<string, ArenaArray<unknown>>>(
  places: Layout,
): { kernels: Kernels; arrays: Arrays<Layout> } {
  const aligned = (bytes: number) => Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
  const size = Object.values(places).reduce((sum, { bytes }) => sum + aligned(bytes), FIRST_FREE);
  const { kernels, buffer } = instantiate(Math.ceil(size / PAGE));
  let offset = FIRST_FREE;
  const arrays = Object.entries(places).map(([name, place]) => {
    const array = place.at(buffer, offset);
    offset += aligned(place.bytes);
    return [name, array] as const;
  });
  return { kernels, arrays: Object.fromEntries(arrays) as never };
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

const CACHE_LINE = 64;
const PAGE = 65_536;
/** What lies below belongs to the compiler. */
const FIRST_FREE = 1024;
