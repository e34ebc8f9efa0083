/** The inner loops of the tool head, four numbers at a time. Compiled by AssemblyScript (`pnpm kernels`) into
 *  `src/kernels/module.ts`. Pointers are byte offsets into the memory that the caller shares; `bases` are indices of a
 *  row's first weight. Columns come in multiples of sixteen, padded with zeros.
 *  Sums are kept in registers for a block of columns and all entries: a sum that goes through memory waits for itself. */

/** sums = Σ values[e] · weights[bases[e] …]. */
export function product(weights: usize, bases: usize, values: usize, length: i32, columns: i32, sums: usize): void {
  let column = 0;
  for (; column + 32 <= columns; column += 32) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    let e = f32x4.splat(0);
    let f = f32x4.splat(0);
    let g = f32x4.splat(0);
    let h = f32x4.splat(0);
    for (let entry = 0; entry < length; entry++) {
      const value = f32x4.splat(load<f32>(values + ((<usize>entry) << 2)));
      const at = weights + ((<usize>(load<i32>(bases + ((<usize>entry) << 2)) + column)) << 2);
      a = f32x4.add(a, f32x4.mul(value, v128.load(at)));
      b = f32x4.add(b, f32x4.mul(value, v128.load(at, 16)));
      c = f32x4.add(c, f32x4.mul(value, v128.load(at, 32)));
      d = f32x4.add(d, f32x4.mul(value, v128.load(at, 48)));
      e = f32x4.add(e, f32x4.mul(value, v128.load(at, 64)));
      f = f32x4.add(f, f32x4.mul(value, v128.load(at, 80)));
      g = f32x4.add(g, f32x4.mul(value, v128.load(at, 96)));
      h = f32x4.add(h, f32x4.mul(value, v128.load(at, 112)));
    }
    const to = sums + ((<usize>column) << 2);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
    v128.store(to, e, 64);
    v128.store(to, f, 80);
    v128.store(to, g, 96);
    v128.store(to, h, 112);
  }
  if (column < columns) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let entry = 0; entry < length; entry++) {
      const value = f32x4.splat(load<f32>(values + ((<usize>entry) << 2)));
      const at = weights + ((<usize>(load<i32>(bases + ((<usize>entry) << 2)) + column)) << 2);
      a = f32x4.add(a, f32x4.mul(value, v128.load(at)));
      b = f32x4.add(b, f32x4.mul(value, v128.load(at, 16)));
      c = f32x4.add(c, f32x4.mul(value, v128.load(at, 32)));
      d = f32x4.add(d, f32x4.mul(value, v128.load(at, 48)));
    }
    const to = sums + ((<usize>column) << 2);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
}

/** sums = Σ values[e] · scale of row rows[e] · its bytes. Bytes and scales of one row and the next are `stride` apart. */
export function productOfBytes(
  bytes: usize,
  scales: usize,
  stride: usize,
  rows: usize,
  values: usize,
  length: i32,
  columns: i32,
  sums: usize,
): void {
  let column = 0;
  for (; column + 32 <= columns; column += 32) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    let e = f32x4.splat(0);
    let f = f32x4.splat(0);
    let g = f32x4.splat(0);
    let h = f32x4.splat(0);
    for (let entry = 0; entry < length; entry++) {
      const row = <usize>load<i32>(rows + ((<usize>entry) << 2)) * stride;
      const value = f32x4.splat(load<f32>(values + ((<usize>entry) << 2)) * load<f32>(scales + row));
      const at = bytes + row + <usize>column;
      let half = v128.load8x8_s(at);
      a = f32x4.add(a, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(half))));
      b = f32x4.add(b, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(half))));
      half = v128.load8x8_s(at, 8);
      c = f32x4.add(c, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(half))));
      d = f32x4.add(d, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(half))));
      half = v128.load8x8_s(at, 16);
      e = f32x4.add(e, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(half))));
      f = f32x4.add(f, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(half))));
      half = v128.load8x8_s(at, 24);
      g = f32x4.add(g, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(half))));
      h = f32x4.add(h, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(half))));
    }
    const to = sums + ((<usize>column) << 2);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
    v128.store(to, e, 64);
    v128.store(to, f, 80);
    v128.store(to, g, 96);
    v128.store(to, h, 112);
  }
  if (column < columns) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let entry = 0; entry < length; entry++) {
      const row = <usize>load<i32>(rows + ((<usize>entry) << 2)) * stride;
      const value = f32x4.splat(load<f32>(values + ((<usize>entry) << 2)) * load<f32>(scales + row));
      const at = bytes + row + <usize>column;
      let half = v128.load8x8_s(at);
      a = f32x4.add(a, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(half))));
      b = f32x4.add(b, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(half))));
      half = v128.load8x8_s(at, 8);
      c = f32x4.add(c, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(half))));
      d = f32x4.add(d, f32x4.mul(value, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(half))));
    }
    const to = sums + ((<usize>column) << 2);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
}

/** results[e] = weights[bases[e] …] · slopes. Four rows at a time: each has a sum of its own, which is the same as alone. */
export function dots(weights: usize, bases: usize, length: i32, slopes: usize, columns: i32, results: usize): void {
  const width = (<usize>columns) << 2;
  let entry = 0;
  for (; entry + 4 <= length; entry += 4) {
    const named = bases + ((<usize>entry) << 2);
    const p = weights + ((<usize>load<i32>(named)) << 2);
    const q = weights + ((<usize>load<i32>(named, 4)) << 2);
    const r = weights + ((<usize>load<i32>(named, 8)) << 2);
    const s = weights + ((<usize>load<i32>(named, 12)) << 2);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let column: usize = 0; column < width; column += 16) {
      const slope = v128.load(slopes + column);
      a = f32x4.add(a, f32x4.mul(v128.load(p + column), slope));
      b = f32x4.add(b, f32x4.mul(v128.load(q + column), slope));
      c = f32x4.add(c, f32x4.mul(v128.load(r + column), slope));
      d = f32x4.add(d, f32x4.mul(v128.load(s + column), slope));
    }
    const to = results + ((<usize>entry) << 2);
    store<f32>(to, lanes(a));
    store<f32>(to, lanes(b), 4);
    store<f32>(to, lanes(c), 8);
    store<f32>(to, lanes(d), 12);
  }
  for (; entry < length; entry++) {
    const at = weights + ((<usize>load<i32>(bases + ((<usize>entry) << 2))) << 2);
    let sum = f32x4.splat(0);
    for (let column: usize = 0; column < width; column += 16)
      sum = f32x4.add(sum, f32x4.mul(v128.load(at + column), v128.load(slopes + column)));
    store<f32>(results + ((<usize>entry) << 2), lanes(sum));
  }
}

function lanes(sum: v128): f32 {
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)
  );
}

/** One AdaGrad step (Duchi et al. 2011) for the gradient values[e] · slopes, in the named blocks of four columns:
 *  energy += gradient², weights -= rate · gradient / √energy. */
export function descend(
  weights: usize,
  energies: usize,
  bases: usize,
  values: usize,
  length: i32,
  slopes: usize,
  blocks: usize,
  blockCount: i32,
  rate: f32,
): void {
  const rates = f32x4.splat(rate);
  for (let entry = 0; entry < length; entry++) {
    const value = f32x4.splat(load<f32>(values + ((<usize>entry) << 2)));
    const base = (<usize>load<i32>(bases + ((<usize>entry) << 2))) << 2;
    for (let block = 0; block < blockCount; block++) {
      const column = (<usize>load<i32>(blocks + ((<usize>block) << 2))) << 2;
      const gradient = f32x4.mul(value, v128.load(slopes + column));
      const at = base + column;
      const energy = f32x4.add(v128.load(energies + at), f32x4.mul(gradient, gradient));
      v128.store(energies + at, energy);
      v128.store(
        weights + at,
        f32x4.sub(v128.load(weights + at), f32x4.div(f32x4.mul(rates, gradient), f32x4.sqrt(energy))),
      );
    }
  }
}

/** sums[token · labelCount + l] = Σ weights[rows[at] · columns + labels[l]] over the token's rows, at from offsets[token]
 *  to offsets[token + 1]. Four labels at a time, so that four sums are under way at once. */
export function emissions(
  weights: usize,
  columns: i32,
  rows: usize,
  offsets: usize,
  tokens: i32,
  labels: usize,
  labelCount: i32,
  sums: usize,
): void {
  const width = (<usize>columns) << 2;
  for (let token = 0; token < tokens; token++) {
    const from = rows + ((<usize>load<i32>(offsets + ((<usize>token) << 2))) << 2);
    const end = rows + ((<usize>load<i32>(offsets + ((<usize>token) << 2), 4)) << 2);
    let to = sums + ((<usize>(token * labelCount)) << 2);
    let label = 0;
    for (; label + 4 <= labelCount; label += 4) {
      const named = labels + ((<usize>label) << 2);
      const p = weights + ((<usize>load<i32>(named)) << 2);
      const q = weights + ((<usize>load<i32>(named, 4)) << 2);
      const r = weights + ((<usize>load<i32>(named, 8)) << 2);
      const s = weights + ((<usize>load<i32>(named, 12)) << 2);
      let a: f32 = 0;
      let b: f32 = 0;
      let c: f32 = 0;
      let d: f32 = 0;
      for (let at = from; at < end; at += 4) {
        const base = <usize>load<i32>(at) * width;
        a += load<f32>(p + base);
        b += load<f32>(q + base);
        c += load<f32>(r + base);
        d += load<f32>(s + base);
      }
      store<f32>(to, a);
      store<f32>(to, b, 4);
      store<f32>(to, c, 8);
      store<f32>(to, d, 12);
      to += 16;
    }
    for (; label < labelCount; label++) {
      const p = weights + ((<usize>load<i32>(labels + ((<usize>label) << 2))) << 2);
      let a: f32 = 0;
      for (let at = from; at < end; at += 4) a += load<f32>(p + <usize>load<i32>(at) * width);
      store<f32>(to, a);
      to += 4;
    }
  }
}

export { vote, sentence, weigh, addMeaning } from './tables';
export { phrases } from './phrases';
export { describe, tally } from './tagger';
export { chances, choose } from './choice';
export { ahead, trace, behind } from './lattice';
export { adjust, marginals } from './field';
