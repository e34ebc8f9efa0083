import { int8, type Arrays, type Kernels } from '../kernels/arena.ts';
import type { ToolHead } from './model.ts';

/** What the rows of a head take of a arena. */
export interface RowArena {
  kernels: Kernels;
  arrays: Arrays<ReturnType<typeof rowPlaces>> & { features: Int32Array; values: Float32Array };
}

type Matrices = Pick<ToolHead, 'linear' | 'embedding'>;

export function rowPlaces({ linear, embedding }: Matrices) {
  return { packed: int8(rowBytes(linear.columns + embedding.columns) * linear.scales.length) };
}

/** Sums rows of both matrices of a head, side by side: so many entries of the arena's `features` and `values`, into the floats
 *  that begin at an offset. */
export function rowAdder(matrices: Matrices, { kernels, arrays }: RowArena): (entries: number, at: number) => void {
  const { linear, embedding } = matrices;
  const stride = rowBytes(linear.columns + embedding.columns);
  packRows(matrices, arrays.packed, stride);
  const bytesAt = arrays.packed.byteOffset;
  const scalesAt = bytesAt + linear.columns + embedding.columns;
  const embeddingAt = bytesAt + linear.columns;
  const featuresAt = arrays.features.byteOffset;
  const valuesAt = arrays.values.byteOffset;
  const sum = kernels.productOfBytes;
  return (entries, at) => {
    sum(bytesAt, scalesAt, stride, featuresAt, valuesAt, entries, linear.columns, at);
    sum(embeddingAt, scalesAt + 4, stride, featuresAt, valuesAt, entries, embedding.columns, at + 4 * linear.columns);
  };
}

const CACHE_LINE = 64;

/** A row's bytes and both its scales, in whole cache lines: what one feature weighs is fetched at once. */
function rowBytes(columns: number): number {
  return Math.ceil((columns + 8) / CACHE_LINE) * CACHE_LINE;
}

function packRows({ linear, embedding }: Matrices, into: Int8Array, stride: number): void {
  const wordsOf = ({ buffer, byteOffset, length }: Int8Array) => new Int32Array(buffer, byteOffset, length / 4);
  const packed = wordsOf(into);
  const scales = new Float32Array(into.buffer, into.byteOffset, into.length / 4);
  const linearWords = wordsOf(linear.bytes);
  const embeddingWords = wordsOf(embedding.bytes);
  const columns = linear.columns / 4;
  const hidden = embedding.columns / 4;
  let to = 0;
  for (let row = 0; row < linear.scales.length; row++, to += stride / 4) {
    for (let word = 0; word < columns; word++) packed[to + word] = linearWords[row * columns + word]!;
    for (let word = 0; word < hidden; word++) packed[to + columns + word] = embeddingWords[row * hidden + word]!;
    scales[to + columns + hidden] = linear.scales[row]!;
    scales[to + columns + hidden + 1] = embedding.scales[row]!;
  }
}
