import { createKernel, tileRows, type SimdKernel } from './simd-kernel.ts';

/** `count` vectors in one buffer, row after row. `dimensions` is a multiple of 4. */
export interface Vectors {
  readonly data: Float32Array;
  readonly dimensions: number;
  readonly count: number;
}

export function allocateVectors(count: number, dimensions: number): Vectors {
  return { data: new Float32Array(count * dimensions), dimensions, count };
}

export function rowOf({ data, dimensions }: Vectors, index: number): Float32Array {
  return data.subarray(index * dimensions, (index + 1) * dimensions);
}

/** Scales a vector to length 1 in place; a zero vector stays as it is. Returns the length it had. */
export function normalise(vector: Float32Array): number {
  let squared = 0;
  for (const value of vector) squared += value * value;
  const length = Math.sqrt(squared);
  if (length > 0) for (let index = 0; index < vector.length; index++) vector[index]! /= length;
  return length;
}

/** 0, 1, … count − 1. */
export function range(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => index);
}

/** Dot products of some rows with some columns: `products[row · stride + column]`, for the rows from `rowStart` and the
 *  columns from `columnStart` of the lists that were asked for. The buffer is used again for the next tile. */
export interface Tile {
  rowStart: number;
  rowCount: number;
  columnStart: number;
  columnCount: number;
  stride: number;
  products: Float32Array;
}

export interface ProductRequest {
  left: Vectors;
  rows: Int32Array;
  right: Vectors;
  columns: Int32Array;
  /** Rows and columns are one list and a pair is wanted once: tiles below the diagonal are left out. */
  upperTriangle?: boolean;
  visit: (tile: Tile) => void;
}

export { tileRows };
const kernels = new Map<number, SimdKernel>();

/** Visits the products of all rows with all columns, tile by tile, row tiles first. */
export function visitProducts({ left, rows, right, columns, upperTriangle = false, visit }: ProductRequest): void {
  const kernel = kernelFor(left.dimensions);
  for (let rowStart = 0; rowStart < rows.length; rowStart += tileRows) {
    const rowCount = pack(left, rows, rowStart, kernel.a);
    for (let columnStart = upperTriangle ? rowStart : 0; columnStart < columns.length; columnStart += tileRows) {
      const columnCount = pack(right, columns, columnStart, kernel.b);
      const stride = kernel.multiply(rowCount, columnCount);
      visit({ rowStart, rowCount, columnStart, columnCount, stride, products: kernel.out });
    }
  }
}

function pack({ data, dimensions }: Vectors, indices: Int32Array, start: number, into: Float32Array): number {
  const end = Math.min(indices.length, start + tileRows);
  for (let index = start; index < end; index++) {
    const offset = indices[index]! * dimensions;
    into.set(data.subarray(offset, offset + dimensions), (index - start) * dimensions);
  }
  return end - start;
}

/** A kernel is scratch memory without state between calls, so one per thread and dimension is enough. */
function kernelFor(dimensions: number): SimdKernel {
  const known = kernels.get(dimensions);
  if (known) return known;
  const kernel = createKernel(dimensions);
  kernels.set(dimensions, kernel);
  return kernel;
}
