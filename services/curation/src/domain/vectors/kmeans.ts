import type { Random } from '@retort/kernel';
import { allocateVectors, normalise, range, rowOf, visitProducts, type Vectors } from './vectors.ts';

export interface Clustering {
  /** Cluster of each member, in the order of `members`. */
  assignment: Int32Array;
  centroids: Vectors;
}

export interface ClusteringRequest {
  vectors: Vectors;
  members: Int32Array;
  clusters: number;
  random: Random;
  iterations?: number;
}

/** Centroids are learnt from at most so many members each: more barely move them, and cost in proportion. */
const samplePerCluster = 128;

/** Spherical k-means: unit vectors, cosine, seeded, at most 100 iterations. A cluster that loses all its members keeps
 *  its centroid. */
export function sphericalKMeans({
  vectors,
  members,
  clusters,
  random,
  iterations = 100,
}: ClusteringRequest): Clustering {
  const k = Math.max(1, Math.min(clusters, members.length));
  const sample = sampleOf(members, k * samplePerCluster, random);
  const centroids = allocateVectors(k, vectors.dimensions);
  for (const [cluster, position] of random
    .shuffle([...range(sample.length)])
    .slice(0, k)
    .entries())
    rowOf(centroids, cluster).set(rowOf(vectors, sample[position]!));
  let assignment = assign(vectors, sample, centroids);
  for (let iteration = 0; iteration < iterations; iteration++) {
    recentre({ vectors, members: sample, assignment, centroids });
    const next = assign(vectors, sample, centroids);
    const settled = next.every((cluster, index) => cluster === assignment[index]);
    assignment = next;
    if (settled) break;
  }
  return { assignment: sample === members ? assignment : assign(vectors, members, centroids), centroids };
}

function sampleOf(members: Int32Array, limit: number, random: Random): Int32Array {
  if (members.length <= limit) return members;
  const pool = members.slice();
  for (let index = 0; index < limit; index++) {
    const other = index + random.integer(pool.length - index);
    [pool[index], pool[other]] = [pool[other]!, pool[index]!];
  }
  return pool.slice(0, limit).sort();
}

/** The nearest centroid of each member; the lower number wins a tie. */
function assign(vectors: Vectors, members: Int32Array, centroids: Vectors): Int32Array {
  const assignment = new Int32Array(members.length);
  const best = new Float32Array(members.length).fill(-Infinity);
  visitProducts({
    left: vectors,
    rows: members,
    right: centroids,
    columns: range(centroids.count),
    visit: ({ rowStart, rowCount, columnStart, columnCount, stride, products }) => {
      for (let row = 0; row < rowCount; row++)
        for (let column = 0; column < columnCount; column++) {
          const similarity = products[row * stride + column]!;
          if (similarity <= best[rowStart + row]!) continue;
          best[rowStart + row] = similarity;
          assignment[rowStart + row] = columnStart + column;
        }
    },
  });
  return assignment;
}

function recentre(request: {
  vectors: Vectors;
  members: Int32Array;
  assignment: Int32Array;
  centroids: Vectors;
}): void {
  const { vectors, members, assignment, centroids } = request;
  const sums = allocateVectors(centroids.count, centroids.dimensions);
  for (const [index, member] of members.entries()) addTo(rowOf(sums, assignment[index]!), rowOf(vectors, member));
  for (let cluster = 0; cluster < centroids.count; cluster++) {
    const sum = rowOf(sums, cluster);
    if (normalise(sum) > 0) rowOf(centroids, cluster).set(sum);
  }
}

function addTo(sum: Float32Array, vector: Float32Array): void {
  for (let index = 0; index < sum.length; index++) sum[index]! += vector[index]!;
}

/** The unit mean of some members: zeros when they cancel out. */
export function centroidOf(vectors: Vectors, members: Int32Array): Float32Array {
  const sum = new Float32Array(vectors.dimensions);
  for (const member of members) addTo(sum, rowOf(vectors, member));
  normalise(sum);
  return sum;
}

/** The members of each cluster that has some. */
export function groupsOf(members: Int32Array, assignment: Int32Array): Int32Array[] {
  const groups = new Map<number, number[]>();
  for (const [index, member] of members.entries()) {
    const group = groups.get(assignment[index]!);
    if (group) group.push(member);
    else groups.set(assignment[index]!, [member]);
  }
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => Int32Array.from(group));
}
