import type { Random } from '@retort/kernel';
import { centroidOf } from './vectors/kmeans.ts';
import { partition } from './vectors/partition.ts';
import { rowOf, tileRows, visitProducts, type Vectors } from './vectors/vectors.ts';

/** SemDeDup (Abbas et al. 2023), aware of labels. Blocks hold decisions with one canonical turn, so that near-identical
 *  contexts with different turns are never taken for duplicates of each other.
 *
 *  Inside a cluster the members farthest from the centroid come first ("hard"); member j is a duplicate when
 *  M_j = max cos(i, j) over the earlier i is above 1 − ε. `kept` compares with kept members only, so that a removed one
 *  removes nobody; `all` is the reference, where it can. */
export interface DeduplicationRequest {
  vectors: Vectors;
  /** Members of each block. Indices stand in the order of ids: ties go to the lower one. */
  blocks: readonly Int32Array[];
  epsilon: number;
  random: Random;
  compareWith?: 'kept' | 'all';
}

export interface Deduplication {
  epsilon: number;
  /** The decision that stands for this one: itself when kept, −1 when it was in no block. */
  keeper: Int32Array;
  /** M, 0 for the first of a cluster, −1 for what was in no block. */
  similarity: Float32Array;
  kept: number;
  considered: number;
}

export function deduplicate(request: DeduplicationRequest): Deduplication {
  return scan({ ...request, clusters: clustersOf(request) });
}

/** Deduplicates to a share of the decisions. ε of the reference is exact: 1 − M_(⌈rn⌉), M ascending. Comparing with kept
 *  members only removes less at one ε, so that one is found by bisection above it. */
export function deduplicateToRatio({ ratio, ...request }: Omit<DeduplicationRequest, 'epsilon'> & { ratio: number }) {
  const clusters = clustersOf({ ...request, epsilon: 0 });
  const reference = scan({ ...request, clusters, epsilon: 0, compareWith: 'all' });
  const ascending = reference.similarity.filter((similarity) => similarity >= 0).sort();
  const target = Math.max(1, Math.ceil(ratio * ascending.length));
  const exact = ascending.length === 0 ? 0 : Math.max(0, 1 - ascending[target - 1]!);
  if (request.compareWith === 'all') return scan({ ...request, clusters, epsilon: exact });
  let low = exact;
  let high = 2;
  let best = scan({ ...request, clusters, epsilon: low });
  for (let step = 0; step < 20 && best.kept > target; step++) {
    const epsilon = (low + high) / 2;
    const candidate = scan({ ...request, clusters, epsilon });
    if (candidate.kept < target) high = epsilon;
    else [low, best] = [epsilon, candidate];
  }
  return best;
}

/** Clusters of at least one member, each in the order in which it is scanned. */
function clustersOf({ vectors, blocks, random }: DeduplicationRequest): Int32Array[] {
  return blocks.flatMap((block, index) =>
    partition(vectors, block, random.fork(`block-${index}`)).map((cluster) => hardestFirst(vectors, cluster)),
  );
}

/** Descending cosine distance to the centroid; ties by index. */
export function hardestFirst(vectors: Vectors, members: Int32Array): Int32Array {
  if (members.length < 2) return members;
  const centroid = centroidOf(vectors, members);
  const nearness = new Map<number, number>();
  for (const member of members) {
    const row = rowOf(vectors, member);
    let product = 0;
    for (let index = 0; index < row.length; index++) product += row[index]! * centroid[index]!;
    nearness.set(member, product);
  }
  return members.slice().sort((a, b) => nearness.get(a)! - nearness.get(b)! || a - b);
}

type ScanRequest = DeduplicationRequest & { clusters: readonly Int32Array[] };

/** One pass over clusters that are already in scanning order. */
export function scan({ vectors, clusters, epsilon, compareWith = 'kept' }: ScanRequest): Deduplication {
  const keeper = new Int32Array(vectors.count).fill(-1);
  const similarity = new Float32Array(vectors.count).fill(-1);
  let kept = 0;
  let considered = 0;
  for (const cluster of clusters) {
    considered += cluster.length;
    const earlier = new Int32Array(cluster.length);
    let earlierCount = 0;
    for (let start = 0; start < cluster.length; start += tileRows) {
      const rows = cluster.subarray(start, start + tileRows);
      const best = nearestEarlier(vectors, rows, earlier.subarray(0, earlierCount));
      visitProducts({
        left: vectors,
        rows,
        right: vectors,
        columns: rows,
        visit: ({ rowCount, stride, products }) => {
          const duplicate = new Uint8Array(rowCount);
          for (let row = 0; row < rowCount; row++) {
            for (let column = 0; column < row; column++) {
              if (duplicate[column] && compareWith === 'kept') continue;
              const product = products[row * stride + column]!;
              if (product > best.similarity[row]!) best.note(row, rows[column]!, product);
            }
            const member = rows[row]!;
            const nearest = best.member[row]!;
            similarity[member] = nearest < 0 ? 0 : Math.min(1, Math.max(0, best.similarity[row]!));
            duplicate[row] = nearest >= 0 && best.similarity[row]! > 1 - epsilon ? 1 : 0;
            keeper[member] = duplicate[row] ? keeper[nearest]! : member;
            if (!duplicate[row]) kept++;
            if (!duplicate[row] || compareWith === 'all') earlier[earlierCount++] = member;
          }
        },
      });
    }
  }
  return { epsilon, keeper, similarity, kept, considered };
}

function nearestEarlier(vectors: Vectors, rows: Int32Array, earlier: Int32Array) {
  const similarity = new Float32Array(rows.length).fill(-Infinity);
  const member = new Int32Array(rows.length).fill(-1);
  const note = (row: number, other: number, product: number) => {
    similarity[row] = product;
    member[row] = other;
  };
  visitProducts({
    left: vectors,
    rows,
    right: vectors,
    columns: earlier,
    visit: ({ rowCount, columnStart, columnCount, stride, products }) => {
      for (let row = 0; row < rowCount; row++)
        for (let column = 0; column < columnCount; column++) {
          const product = products[row * stride + column]!;
          if (product > similarity[row]!) note(row, earlier[columnStart + column]!, product);
        }
    },
  });
  return { similarity, member, note };
}

/** Counts of M in `bins` equal bins of [0, 1]. */
export function similarityHistogram({ similarity }: Deduplication, bins = 20): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of similarity) if (value >= 0) counts[Math.min(bins - 1, Math.floor(value * bins))]! += 1;
  return counts;
}
