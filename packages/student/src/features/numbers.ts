/** Quantile edges by JSON path: what a number means depends on where it stands. */
export type NumberBuckets = Record<string, number[]>;

const EDGES = 12;

/** At most twelve edges per path, at the quantiles of the numbers seen there. */
export function learnBuckets(numbersByPath: ReadonlyMap<string, number[]>): NumberBuckets {
  const buckets: NumberBuckets = {};
  for (const [path, numbers] of numbersByPath) {
    const sorted = Float64Array.from(numbers).sort();
    const edges = new Set<number>();
    for (let edge = 1; edge <= EDGES; edge++)
      edges.add(sorted[Math.min(sorted.length - 1, Math.floor((edge * sorted.length) / (EDGES + 1)))]!);
    buckets[path] = [...edges];
  }
  return buckets;
}

/** The number of edges at or below the value; -1 for a path without edges or a value that is not a number. */
export function bucketOf(buckets: NumberBuckets, path: string, value: number): number {
  const edges = Object.hasOwn(buckets, path) ? buckets[path] : undefined;
  if (!edges || Number.isNaN(value)) return -1;
  let bucket = 0;
  while (bucket < edges.length && value >= edges[bucket]!) bucket++;
  return bucket;
}
