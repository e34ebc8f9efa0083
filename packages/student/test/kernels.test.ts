import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { seededRandom } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { layOutRows, rowLabels } from '../src/arguments/tagger/packed-rows.ts';
import { bucketTable } from '../src/features/hash-table.ts';
import {
  float32,
  float64,
  frameOf,
  int16,
  int32,
  int8,
  offsetsOf,
  openArena,
  writeFrame,
} from '../src/kernels/arena.ts';

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
  const { kernels, arrays } = openArena({
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
    const together = arrays.result.slice(0, 5);
    together.forEach((dot, entry) => {
      kernels.dots(at.weights, at.bases + 4 * entry, 1, at.slopes, columns, at.result);
      expect(arrays.result[0], 'a row alone gives the same bits').toBe(dot);
    });
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

  it('find what a table has for a key, whatever shares its bucket, and nothing for any other', () => {
    // The same bucket for all: the low bits are alike.
    const keys = Int32Array.from({ length: 30 }, (_, index) => ((index + 1) << 20) | 5);
    const table = bucketTable(
      keys,
      Float32Array.from(keys, (_, index) => index + 1),
    );
    const asked = [...keys, 0, 5, 77];
    const arena = openArena({
      table: int32(table.numbers.length),
      hashes: int32(asked.length),
      candidates: int32(asked.length),
      strengths: float64(asked.length),
      scores: float64(asked.length),
    });
    arena.arrays.table.set(table.numbers);
    arena.arrays.hashes.set(asked);
    arena.arrays.candidates.set(asked.map((_, index) => index));
    arena.arrays.strengths.fill(1);
    const at = (name: keyof typeof arena.arrays) => arena.arrays[name].byteOffset;
    arena.kernels.vote(
      ...([at('table'), table.buckets - 1, at('hashes'), at('candidates'), at('strengths')] as const),
      ...([asked.length, at('scores')] as const),
    );
    expect([...arena.arrays.scores]).toEqual([...keys.map((_, index) => index + 1), 0, 0, 0]);
  });

  it('keep the first of equal keys', () => {
    const { numbers } = bucketTable(Int32Array.of(9, 9), Int32Array.of(1, 2));
    expect([...numbers].filter((number) => number !== 0)).toEqual([9, 1]);
  });

  it('sum up what a model says of each token for the labels of a tool', () => {
    const labels = 40;
    // Feature f speaks of labels 0 … f, of label l with the weight (f + 1) / (l + 1): of few of them in fours, of many in a row.
    const features = 20;
    const keys = Int32Array.from({ length: features }, () => random.integer(0xffffffff) | 0);
    const offsets = Uint32Array.from({ length: features + 1 }, (_, feature) => (feature * (feature + 1)) / 2);
    const entries = [...keys].flatMap((_, feature) => Array.from({ length: feature + 1 }, (__, label) => label));
    const weightOf = (feature: number, label: number) => (label <= feature ? (feature + 1) / (label + 1) : 0);
    const model = {
      keys,
      offsets,
      labels: Uint16Array.from(entries),
      weights: Float32Array.from(entries.keys(), (entry) => {
        const feature = offsets.findLastIndex((begin) => begin <= entry);
        return weightOf(feature, entries[entry]!);
      }),
      transitionKeys: new Int32Array(),
      transitionWeights: new Float32Array(),
    };
    const { entries: found, numbers, step } = layOutRows(model, labels);
    const table = bucketTable(keys, found);
    const groups = [[0, 3, 4, 9, 15, 19], [], [7, 8]];
    const places = [2, labels, 0, 19];
    const arena = openArena({
      table: int32(table.numbers.length),
      numbers: int16(numbers.length),
      hashes: int32(11),
      offsets: int32(groups.length + 1),
      rows: int32(8),
      fours: int32(16),
      row: int32(rowLabels(labels)),
      labels: int32(places.length),
      sums: float32(groups.length * places.length),
      frame: frameOf('tally'),
    });
    const { arrays } = arena;
    arrays.table.set(table.numbers);
    arrays.numbers.set(numbers);
    arrays.labels.set(places);
    const hashes = groups.map((group) => [...group.map((feature) => keys[feature]!), 12345]);
    arrays.hashes.set(hashes.flat());
    groups.forEach((_, group) => (arrays.offsets[group + 1] = arrays.offsets[group]! + hashes[group]!.length));
    writeFrame('tally', arrays.frame, { ...offsetsOf(arrays), mask: table.buckets - 1, rowLabels: rowLabels(labels) });
    arena.kernels.tally(arrays.frame.byteOffset, step, groups.length, places.length);
    groups.forEach((group, token) =>
      places.forEach((label, place) => {
        const sum = group.reduce((total, feature) => total + weightOf(feature, label), 0);
        expect(Math.abs(arrays.sums[token * places.length + place]! - sum)).toBeLessThanOrEqual(group.length * step);
      }),
    );
  });
});
