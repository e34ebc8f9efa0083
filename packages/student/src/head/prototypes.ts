import { float32, int32, type Arrays, type Kernels } from '../kernels/arena.ts';

/** Training decisions of each class, as unit vectors of the hidden layer: what a request of that class looked like. Class `c` has
 *  the rows `offsets[c]..offsets[c + 1]`, its mean first; a class without decisions has none. */
export interface Prototypes {
  /** Width of a row: the head's hidden units. */
  columns: number;
  offsets: Int32Array;
  /** A coordinate of 1 is 127. */
  bytes: Int8Array;
}

/** How near a request is to the training decisions of one class: cosines in the hidden layer. */
export interface Nearness {
  /** To the mean of them. */
  centre: number;
  /** To the nearest of those that are kept. */
  nearest: number;
}

/** Decisions kept of a class; more of them made no difference that could be measured. */
export const KEPT_PER_CLASS = 64;

export const NO_PROTOTYPES: Prototypes = { columns: 0, offsets: new Int32Array(1), bytes: new Int8Array(0) };

/** Rows of unit vectors by class, each class's mean before them. */
export function collectPrototypes(byClass: readonly (readonly Float32Array[])[], columns: number): Prototypes {
  const offsets = new Int32Array(byClass.length + 1);
  byClass.forEach(({ length }, at) => (offsets[at + 1] = offsets[at]! + (length === 0 ? 0 : length + 1)));
  const bytes = new Int8Array(offsets.at(-1)! * columns);
  byClass.forEach((units, at) => {
    if (units.length === 0) return;
    [meanOf(units, columns), ...units].forEach((unit, row) => {
      const base = (offsets[at]! + row) * columns;
      for (let column = 0; column < columns; column++) bytes[base + column] = Math.round(127 * unit[column]!);
    });
  });
  return { columns, offsets, bytes };
}

export function prototypePlaces({ columns, offsets, bytes }: Prototypes) {
  let most = 1;
  const rows = Math.max(1, offsets.at(-1)!);
  for (let at = 0; at + 1 < offsets.length; at++) most = Math.max(most, offsets[at + 1]! - offsets[at]!);
  return {
    prototypes: float32(bytes.length),
    prototypeBases: int32(rows),
    unit: float32(columns),
    cosines: float32(most),
  };
}

interface PrototypeArena {
  kernels: Kernels;
  arrays: Arrays<ReturnType<typeof prototypePlaces>>;
}

/** Compares the unit vector in the arena's `unit` with one class's decisions; a class without any is as far as can be. */
export function nearnessReader(
  { columns, offsets, bytes }: Prototypes,
  { kernels, arrays }: PrototypeArena,
): (classIndex: number) => Nearness {
  const { prototypes, prototypeBases, unit, cosines } = arrays;
  for (let row = 0; row < offsets.at(-1)!; row++) {
    let squares = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) squares += bytes[at]! * bytes[at]!;
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let at = row * columns; at < (row + 1) * columns; at++) prototypes[at] = scale * bytes[at]!;
  }
  for (let row = 0; row < offsets.at(-1)!; row++) prototypeBases[row] = row * columns;
  return (classIndex) => {
    const begin = offsets[classIndex] ?? 0;
    const count = (offsets[classIndex + 1] ?? begin) - begin;
    if (count === 0) return { centre: -1, nearest: -1 };
    kernels.dots(
      ...([prototypes.byteOffset, prototypeBases.byteOffset + 4 * begin, count] as const),
      ...([unit.byteOffset, columns, cosines.byteOffset] as const),
    );
    let nearest = -1;
    for (let row = 1; row < count; row++) if (cosines[row]! > nearest) nearest = cosines[row]!;
    return { centre: cosines[0]!, nearest };
  };
}

function meanOf(units: readonly Float32Array[], columns: number): Float32Array {
  const mean = new Float32Array(columns);
  for (const unit of units) for (let column = 0; column < columns; column++) mean[column]! += unit[column]!;
  let squares = 0;
  for (const value of mean) squares += value * value;
  return squares === 0 ? mean : mean.map((value) => value / Math.sqrt(squares));
}
