import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { seededRandom } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { enterKeys, slotsFor } from '../src/features/hash-table.ts';
import { float32, int32, int8, openRoom } from '../src/kernels/room.ts';

describe('the kernels', () => {
  it('are what their source compiles to', async () => {
    // A process of its own: the compiler is large, and nothing of it needs this run's TypeScript loader.
    const build = fileURLToPath(new URL('../assembly/build.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [build, '--print']);
    expect(stdout).toBe(readFileSync(new URL('../src/kernels/module.ts', import.meta.url), 'utf8'));
  });

  const columns = 32;
  const rows = 40;
  const random = seededRandom('kernels');
  const { kernels, arrays } = openRoom({
    weights: float32(rows * columns),
    energies: float32(rows * columns),
    packed: int8(rows * (columns + 4)),
    rows: int32(5),
    bases: int32(5),
    values: float32(5),
    slopes: float32(columns),
    blocks: int32(columns / 4),
    offsets: int32(3),
    labels: int32(6),
    result: float32(columns * 2),
  });
  arrays.weights.forEach((_, at) => (arrays.weights[at] = random.normal()));
  arrays.packed.forEach((_, at) => (arrays.packed[at] = random.integer(255) - 127));
  const stride = columns + 4;
  const packed = new DataView(arrays.packed.buffer, arrays.packed.byteOffset, arrays.packed.length);
  for (let row = 0; row < rows; row++) packed.setFloat32(row * stride + columns, random.next(), true);
  arrays.values.forEach((_, at) => (arrays.values[at] = random.normal()));
  arrays.rows.set([3, 0, 39, 17, 3]);
  arrays.bases.set(arrays.rows.map((row) => row * columns));
  const at = Object.fromEntries(Object.entries(arrays).map(([name, { byteOffset }]) => [name, byteOffset])) as Record<
    keyof typeof arrays,
    number
  >;
  const close = (actual: ArrayLike<number>, expected: number[]) =>
    expected.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 3));
  const everyColumn = (sum: (column: number) => number) => Array.from({ length: columns }, (_, column) => sum(column));
  const overRows = (term: (row: number, entry: number) => number) =>
    [...arrays.rows].reduce((sum, row, entry) => sum + term(row, entry), 0);

  it('multiply a sparse row with a matrix', () => {
    kernels.product(at.weights, at.bases, at.values, 5, columns, at.result);
    close(
      arrays.result,
      everyColumn((column) =>
        overRows((row, entry) => arrays.values[entry]! * arrays.weights[row * columns + column]!),
      ),
    );
  });

  it('multiply a sparse row with a matrix of bytes', () => {
    kernels.productOfBytes(at.packed, at.packed + columns, stride, at.rows, at.values, 5, columns, at.result);
    close(
      arrays.result,
      everyColumn((column) =>
        overRows(
          (row, entry) =>
            arrays.values[entry]! *
            packed.getFloat32(row * stride + columns, true) *
            packed.getInt8(row * stride + column),
        ),
      ),
    );
  });

  it('add up the rows of each token for the named labels only', () => {
    arrays.offsets.set([0, 2, 5]);
    arrays.labels.set([0, 31, 7, 8, 1, 2]);
    kernels.emissions(at.weights, columns, at.rows, at.offsets, 2, at.labels, 6, at.result);
    const expected = [arrays.rows.slice(0, 2), arrays.rows.slice(2)].flatMap((own) =>
      Array.from(arrays.labels, (label) => own.reduce((sum, row) => sum + arrays.weights[row * columns + label]!, 0)),
    );
    close(arrays.result, expected);
  });

  it('take an AdaGrad step in the named blocks and nowhere else', () => {
    arrays.slopes.forEach((_, column) => (arrays.slopes[column] = random.normal()));
    arrays.energies.fill(0.5);
    kernels.dots(at.weights, at.bases, 5, at.slopes, columns, at.result);
    close(
      arrays.result,
      [...arrays.rows].map((row) =>
        arrays.slopes.reduce((sum, slope, column) => sum + slope * arrays.weights[row * columns + column]!, 0),
      ),
    );
    const before = arrays.weights.slice();
    arrays.blocks.set([4]);
    kernels.descend(at.weights, at.energies, at.bases, at.values, 1, at.slopes, at.blocks, 1, 0.1);
    arrays.weights.forEach((weight, index) => {
      const column = index - 3 * columns;
      const gradient = arrays.slopes[column]! * arrays.values[0]!;
      const moved = column >= 4 && column < 8 ? (0.1 * gradient) / Math.sqrt(0.5 + gradient ** 2) : 0;
      expect(weight).toBeCloseTo(before[index]! - moved, 5);
    });
  });

  it('sum up what is known of the hashes of each group, by the places that are asked for', () => {
    const keys = Int32Array.from({ length: 40 }, () => random.integer(0xffffffff) | 0);
    const slots = slotsFor(keys.length);
    const room = openRoom({
      slots: int32(4 * slots),
      entries: float32(8 * keys.length),
      hashes: int32(5),
      offsets: int32(4),
      places: int32(3),
      sums: float32(7),
    });
    const labels = new Int32Array(room.arrays.entries.buffer, room.arrays.entries.byteOffset, 8 * keys.length);
    // Every key weighs its index for label 0, and 100 for label 1 or 2.
    enterKeys(room.arrays.slots, keys, 4, (index, at) => {
      room.arrays.slots.set([4 * index, 4], at + 2);
      room.arrays.entries[8 * index] = index;
      room.arrays.entries[8 * index + 2] = 100;
      labels[8 * index + 3] = 1 + (index % 2);
    });
    room.arrays.hashes.set([keys[7]!, 12345, keys[39]!, 54321, keys[10]!]);
    room.arrays.offsets.set([0, 3, 3, 5]);
    room.arrays.places.set([1, 0, 2]);
    const at = (name: keyof typeof room.arrays) => room.arrays[name].byteOffset;
    room.kernels.tally(
      at('slots'),
      slots - 1,
      at('entries'),
      at('hashes'),
      at('offsets'),
      3,
      at('places'),
      2,
      at('sums'),
    );
    expect([...room.arrays.sums.subarray(0, 6)]).toEqual([0, 46, 0, 0, 100, 10]);
  });
});
