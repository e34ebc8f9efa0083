/** Weights as bytes: `weights[row * columns + column] ≈ scales[row] * bytes[row * columns + column]`. */
export interface QuantizedMatrix {
  /** A multiple of sixteen, as the kernels read them. */
  columns: number;
  bytes: Int8Array;
  scales: Float32Array;
}

/** Rounds each row to 255 steps of its own largest magnitude. */
export function quantize(weights: Float32Array, columns: number): QuantizedMatrix {
  const rows = weights.length / columns;
  const bytes = new Int8Array(weights.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const base = row * columns;
    let largest = 0;
    for (let column = 0; column < columns; column++) {
      const magnitude = Math.abs(weights[base + column]!);
      if (magnitude > largest) largest = magnitude;
    }
    // Rounded to what will be stored first, so that bytes and scale belong together.
    const scale = Math.fround(largest / 127);
    if (scale === 0) continue;
    scales[row] = scale;
    const steps = 1 / scale;
    for (let column = 0; column < columns; column++) bytes[base + column] = Math.round(weights[base + column]! * steps);
  }
  return { columns, bytes, scales };
}
