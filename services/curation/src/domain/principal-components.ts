import type { Random } from '@retort/kernel';
import { symmetricEigen } from './eigen.ts';
import { allocateVectors, normalise, rowOf, type Vectors } from './vectors/vectors.ts';

const sampleSize = 2000;

/** Projects unit vectors onto the fewest principal axes that hold `share` of their energy, and scales the results to
 *  length 1 again. The axes are learnt from a seeded sample of 2,000 and not centred: cosines keep their meaning. */
export function principalComponents(request: { vectors: Vectors; share?: number; random: Random }): Vectors {
  const { vectors, share = 0.95, random } = request;
  const { values, vectors: axes } = symmetricEigen(secondMoment(vectors, random));
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  let held = 0;
  let kept = 0;
  while (kept < axes.length && (kept === 0 || held < share * total)) held += Math.max(0, values[kept++]!);
  const projected = allocateVectors(vectors.count, Math.ceil(kept / 4) * 4);
  for (let index = 0; index < vectors.count; index++) {
    const row = rowOf(vectors, index);
    const target = rowOf(projected, index);
    for (let axis = 0; axis < kept; axis++) target[axis] = dot(row, axes[axis]!);
    normalise(target);
  }
  return projected;
}

function secondMoment(vectors: Vectors, random: Random) {
  const size = vectors.dimensions;
  const data = new Float64Array(size * size);
  const whole = vectors.count <= sampleSize;
  for (let draw = 0; draw < Math.min(sampleSize, vectors.count); draw++) {
    const row = rowOf(vectors, whole ? draw : random.integer(vectors.count));
    for (let i = 0; i < size; i++) {
      const value = row[i]!;
      if (value !== 0) for (let j = 0; j <= i; j++) data[i * size + j]! += value * row[j]!;
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) data[j * size + i] = data[i * size + j]!;
  return { size, data };
}

function dot(left: Float32Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += left[index]! * right[index]!;
  return sum;
}
