import type { Random } from '@retort/kernel';
import { groupsOf, sphericalKMeans } from './kmeans.ts';
import type { Vectors } from './vectors.ts';

/** All pairs are compared up to this size; beyond it only pairs within a cluster. */
const wholeUpTo = 5000;
const clusterSize = 2000;

/** Splits members into groups small enough to compare all pairs: k = 1 up to 5,000 members, else ⌈n/2000⌉. */
export function partition(vectors: Vectors, members: Int32Array, random: Random): Int32Array[] {
  if (members.length <= wholeUpTo) return members.length === 0 ? [] : [members];
  const clusters = Math.ceil(members.length / clusterSize);
  const { assignment } = sphericalKMeans({ vectors, members, clusters, random });
  return groupsOf(members, assignment);
}
