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
  const negligible = 1e-10 * largestEntry(data);
  for (let sweep = 0, turned = true; sweep < 60 && turned; sweep++) {
    turned = false;
    for (let p = 0; p < size - 1; p++)
      for (let q = p + 1; q < size; q++) {
        if (Math.abs(a[p * size + q]!) <= negligible) continue;
        rotate({ a, v, size, p, q });
        turned = true;
      }
  }
  const order = Array.from({ length: size }, (_, index) => index).sort(
    (i, j) => a[j * size + j]! - a[i * size + i]! || i - j,
  );
  return {
    values: Float64Array.from(order, (index) => a[index * size + index]!),
    vectors: order.map((index) => v.slice(index * size, (index + 1) * size)),
  };
}

function largestEntry(data: Float64Array): number {
  return data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Turns the plane (p, q) so that a[p][q] becomes 0. `v` gathers the turns, an eigenvector a row. */
function rotate({ a, v, size, p, q }: { a: Float64Array; v: Float64Array; size: number; p: number; q: number }): void {
  const apq = a[p * size + q]!;
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
