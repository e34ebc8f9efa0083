/** A symmetric matrix, row after row. */
export interface SymmetricMatrix {
  size: number;
  data: Float64Array;
}
export interface Eigen {
  /** Descending. */
  values: Float64Array;
  /** `vectors[i]` belongs to `values[i]`; unit length. */
  vectors: Float64Array[];
}

/** Cyclic Jacobi rotations (Golub and Van Loan, 8.5): slow for large matrices, exact and simple for the few hundred
 *  dimensions here. The input is left as it was. */
export function symmetricEigen({ size, data }: SymmetricMatrix): Eigen {
  const a = Float64Array.from(data);
  const v = new Float64Array(size * size);
  for (let index = 0; index < size; index++) v[index * size + index] = 1;
  for (let sweep = 0; sweep < 60 && offDiagonal(a, size) > 1e-12; sweep++)
    for (let p = 0; p < size - 1; p++) for (let q = p + 1; q < size; q++) rotate({ a, v, size, p, q });
  const order = Array.from({ length: size }, (_, index) => index).sort(
    (i, j) => a[j * size + j]! - a[i * size + i]! || i - j,
  );
  return {
    values: Float64Array.from(order, (index) => a[index * size + index]!),
    vectors: order.map((index) => v.slice(index * size, (index + 1) * size)),
  };
}

/** Largest off-diagonal entry relative to the largest diagonal one. */
function offDiagonal(a: Float64Array, size: number): number {
  let off = 0;
  let diagonal = 0;
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      const value = Math.abs(a[row * size + column]!);
      if (row === column) diagonal = Math.max(diagonal, value);
      else off = Math.max(off, value);
    }
  return diagonal === 0 ? 0 : off / diagonal;
}

/** Turns the plane (p, q) so that a[p][q] becomes 0. `v` gathers the turns, an eigenvector a row. */
function rotate({ a, v, size, p, q }: { a: Float64Array; v: Float64Array; size: number; p: number; q: number }): void {
  const apq = a[p * size + q]!;
  if (apq === 0) return;
  const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < size; k++) {
    const kp = a[k * size + p]!;
    const kq = a[k * size + q]!;
    a[k * size + p] = c * kp - s * kq;
    a[k * size + q] = s * kp + c * kq;
  }
  for (const rows of [a, v])
    for (let k = 0; k < size; k++) {
      const pk = rows[p * size + k]!;
      const qk = rows[q * size + k]!;
      rows[p * size + k] = c * pk - s * qk;
      rows[q * size + k] = s * pk + c * qk;
    }
}
