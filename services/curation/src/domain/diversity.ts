import type { Random } from '@retort/kernel';
import { symmetricEigen } from './eigen.ts';
import { range, rowOf, visitProducts, type Vectors } from './vectors/vectors.ts';

/** `limit` of the members, drawn without replacement; all of them when there are no more. Ascending. */
export function drawSample(members: Int32Array, limit: number, random: Random): Int32Array {
  if (members.length <= limit) return members;
  const pool = members.slice();
  for (let index = 0; index < limit; index++) {
    const other = index + random.integer(pool.length - index);
    [pool[index], pool[other]] = [pool[other]!, pool[index]!];
  }
  return pool.slice(0, limit).sort();
}

/** Mean over the points of (b − a) / max(a, b): a the mean distance to the own cluster, b that to the nearest other one
 *  (Rousseeuw 1987). 0 for a singleton; null unless there are 2 to n − 1 clusters. */
export function silhouette(
  clusterOf: ArrayLike<number>,
  distance: (left: number, right: number) => number,
): number | null {
  const sizes = new Map<number, number>();
  for (const cluster of Array.from(clusterOf)) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  const count = clusterOf.length;
  if (sizes.size < 2 || sizes.size > count - 1) return null;
  let sum = 0;
  for (let point = 0; point < count; point++) {
    const own = clusterOf[point]!;
    if (sizes.get(own) === 1) continue;
    const totals = new Map<number, number>();
    for (let other = 0; other < count; other++)
      if (other !== point) totals.set(clusterOf[other]!, (totals.get(clusterOf[other]!) ?? 0) + distance(point, other));
    const a = (totals.get(own) ?? 0) / (sizes.get(own)! - 1);
    let b = Infinity;
    for (const [cluster, total] of totals) if (cluster !== own) b = Math.min(b, total / sizes.get(cluster)!);
    if (Math.max(a, b) > 0) sum += (b - a) / Math.max(a, b);
  }
  return sum / count;
}

/** The Vendi score exp(−Σ λ·ln λ), λ the eigenvalues of K/n (Friedman and Dieng 2022): how many different things the
 *  sample amounts to, 1 when all are alike, n when nothing is like anything. */
export function vendiScore(similarities: Float64Array, count: number): number {
  const { values } = symmetricEigen({ size: count, data: similarities.map((value) => value / count) });
  let entropy = 0;
  for (const value of values) if (value > 1e-12) entropy -= value * Math.log(value);
  return Math.exp(entropy);
}

/** Cosines of all pairs of a few members. */
export function similarityMatrix(vectors: Vectors, members: Int32Array): Float64Array {
  const matrix = new Float64Array(members.length * members.length);
  visitProducts({
    left: vectors,
    rows: members,
    right: vectors,
    columns: members,
    visit: ({ rowStart, rowCount, columnStart, columnCount, stride, products }) => {
      for (let row = 0; row < rowCount; row++)
        for (let column = 0; column < columnCount; column++)
          matrix[(rowStart + row) * members.length + columnStart + column] = products[row * stride + column]!;
    },
  });
  return matrix;
}

/** Mean cosine distance of all pairs, (n² − ‖Σx‖²) / (n(n − 1)) for unit vectors, in one pass. */
export function meanPairwiseDistance(vectors: Vectors, members = range(vectors.count)) {
  const sum = new Float64Array(vectors.dimensions);
  for (const member of members) for (const [index, value] of rowOf(vectors, member).entries()) sum[index]! += value;
  const squared = sum.reduce((total, value) => total + value * value, 0);
  const count = members.length;
  const denominator = count * (count - 1);
  const numerator = Math.max(0, count * count - squared);
  return { value: denominator === 0 ? null : numerator / denominator, numerator, denominator };
}

/** How evenly the registered tools are used: seen / registered, and entropy / ln(registered). */
export function toolDiversity(counts: readonly number[], registered: number) {
  const used = counts.filter((count) => count > 0);
  const total = used.reduce((sum, count) => sum + count, 0);
  const entropy = used.reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);
  return {
    coverage: {
      value: registered === 0 ? null : used.length / registered,
      numerator: used.length,
      denominator: registered,
    },
    evenness: {
      value: registered < 2 ? null : entropy / Math.log(registered),
      numerator: entropy,
      denominator: registered < 1 ? 0 : Math.log(registered),
    },
  };
}
