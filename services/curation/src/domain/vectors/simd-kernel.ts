/** Dot products of many rows with many rows, four lanes at a time: WebAssembly SIMD, assembled here because it is one
 *  loop nest. Plain JavaScript has no SIMD and does the same work about ten times slower. WebAssembly's f32x4
 *  arithmetic is IEEE 754 without fused operations, so every machine computes the same bits. */

/** The part of the WebAssembly API used here; Node's own types do not declare it. */
declare const WebAssembly: {
  Memory: new (options: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { exports: Record<string, unknown> };
};

/** Rows in one tile of either operand: 2 × 256 KiB at 256 dimensions stays in the second-level cache. */
export const tileRows = 256;

/** `out[i·columns + j] = a_i · b_j`. Rows are packed, `dimensions` a multiple of 4, at most `tileRows` of either. */
export interface SimdKernel {
  a: Float32Array;
  b: Float32Array;
  out: Float32Array;
  /** `columns` is rounded up to a multiple of 4, which is also the row length of `out`; returns it. */
  multiply(rows: number, columns: number): number;
}

export function createKernel(dimensions: number): SimdKernel {
  if (dimensions % 4 !== 0) throw new RangeError(`dimensions must be a multiple of 4, not ${dimensions}`);
  const stride = dimensions * 4;
  const tileBytes = tileRows * stride;
  const outBytes = tileRows * tileRows * 4;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((2 * tileBytes + outBytes) / 65_536) });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { retort: { memory } });
  const dots = instance.exports['dots'] as (...parameters: number[]) => void;
  return {
    a: new Float32Array(memory.buffer, 0, tileRows * dimensions),
    b: new Float32Array(memory.buffer, tileBytes, tileRows * dimensions),
    out: new Float32Array(memory.buffer, 2 * tileBytes, tileRows * tileRows),
    multiply(rows, columns) {
      const padded = Math.ceil(columns / 4) * 4;
      if (rows > 0 && padded > 0) dots(0, rows * stride, tileBytes, tileBytes + padded * stride, stride, 2 * tileBytes);
      return padded;
    },
  };
}

/** Parameters and locals of `dots`, by index. */
const local = {
  a: 0,
  aEnd: 1,
  b: 2,
  bEnd: 3,
  stride: 4,
  out: 5,
  column: 6,
  x: 7,
  p: [8, 9, 10, 11],
  sum: [12, 13, 14, 15],
  va: 16,
};
const valueType = { i32: 0x7f, v128: 0x7b };

const get = (index: number) => [0x20, index];
const set = (index: number) => [0x21, index];
const i32 = { constant: (value: number) => [0x41, value], add: [0x6a], lessThan: [0x49] };
const loadVector = [0xfd, 0x00, 0x04, 0x00];
const zeroVector = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const vectorAdd = [0xfd, 0xe4, 0x01];
const vectorMultiply = [0xfd, 0xe6, 0x01];
const lane = (index: number) => [0xfd, 0x1f, index];
const floatAdd = [0x92];
const storeFloat = (offset: number) => [0x38, 0x02, offset];
/** A loop that runs again while `condition` leaves true. */
const loopWhile = (body: number[], condition: number[]) => [0x03, 0x40, ...body, ...condition, 0x0d, 0x00, 0x0b];

function dotsBody(): number[] {
  const step = (k: number) => [
    ...get(local.sum[k]!),
    ...get(local.va),
    ...get(local.p[k]!),
    ...get(local.x),
    ...i32.add,
    ...loadVector,
    ...vectorMultiply,
    ...vectorAdd,
    ...set(local.sum[k]!),
  ];
  const store = (k: number) => [
    ...get(local.out),
    ...[0, 1, 2, 3].flatMap((index) => [...get(local.sum[k]!), ...lane(index), ...(index > 0 ? floatAdd : [])]),
    ...storeFloat(4 * k),
  ];
  const lanes = [0, 1, 2, 3];
  const alongDimensions = loopWhile(
    [
      ...get(local.a),
      ...get(local.x),
      ...i32.add,
      ...loadVector,
      ...set(local.va),
      ...lanes.flatMap(step),
      ...get(local.x),
      ...i32.constant(16),
      ...i32.add,
      ...set(local.x),
    ],
    [...get(local.x), ...get(local.stride), ...i32.lessThan],
  );
  const alongColumns = loopWhile(
    [
      ...get(local.column),
      ...set(local.p[0]!),
      ...[1, 2, 3].flatMap((k) => [...get(local.p[k - 1]!), ...get(local.stride), ...i32.add, ...set(local.p[k]!)]),
      ...lanes.flatMap((k) => [...zeroVector, ...set(local.sum[k]!)]),
      ...i32.constant(0),
      ...set(local.x),
      ...alongDimensions,
      ...lanes.flatMap(store),
      ...get(local.out),
      ...i32.constant(16),
      ...i32.add,
      ...set(local.out),
      ...get(local.p[3]!),
      ...get(local.stride),
      ...i32.add,
      ...set(local.column),
    ],
    [...get(local.column), ...get(local.bEnd), ...i32.lessThan],
  );
  return loopWhile(
    [
      ...get(local.b),
      ...set(local.column),
      ...alongColumns,
      ...get(local.a),
      ...get(local.stride),
      ...i32.add,
      ...set(local.a),
    ],
    [...get(local.a), ...get(local.aEnd), ...i32.lessThan],
  );
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const declaredLocals = [2, 6, valueType.i32, 5, valueType.v128];
  const code = [...declaredLocals, ...dotsBody(), 0x0b];
  return Uint8Array.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    0x01,
    0x00,
    0x00,
    0x00,
    ...section(1, [1, 0x60, 6, ...new Array<number>(6).fill(valueType.i32), 0]),
    ...section(2, [1, ...name('retort'), ...name('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('dots'), 0x00, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];
const name = (text: string) => [text.length, ...Buffer.from(text)];

/** LEB128, as WebAssembly writes lengths. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
