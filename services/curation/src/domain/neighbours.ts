import type { Random } from '@retort/kernel';
import { partition } from './vectors/partition.ts';
import { visitProducts, type Vectors } from './vectors/vectors.ts';

/** Two contexts are neighbours from this cosine on. */
const neighbourSimilarity = 0.95;
/** At most so many neighbours speak for or against a decision. */
const neighbourLimit = 20;

export interface NeighbourRequest {
  vectors: Vectors;
  members: Int32Array;
  /** Whether nothing that is known tells two decisions' turns apart. */
  sameTurn: (left: number, right: number) => boolean;
  /** How many decisions each member stands for: itself and its duplicates. */
  sizeOf: (member: number) => number;
  /** From this cosine on two decisions with different turns may contradict each other. */
  conflictSimilarity: number;
  /** Whether either could have made the other's calls: no contradiction when a tool was not even offered. */
  comparable: (left: number, right: number) => boolean;
  random: Random;
}

export interface Conflict {
  left: number;
  right: number;
  similarity: number;
}

export interface Neighbourhood {
  /** Of each member: its neighbours (at most 20) and those with the same turn. */
  count: Int32Array;
  same: Int32Array;
  /** Pairs of neighbouring decisions, and those with different turns. */
  pairs: number;
  differing: number;
  /** Near-identical contexts with different turns. */
  conflicts: Conflict[];
}

/** Finds each member's neighbours. All pairs are compared up to 5,000 members, beyond that the pairs inside a cluster:
 *  neighbours that a cluster boundary separates are missed, never invented. */
export function findNeighbours(request: NeighbourRequest): Neighbourhood {
  const { vectors, members, sameTurn, sizeOf, random } = request;
  const nearest = nearestLists(vectors.count);
  const report: Neighbourhood = {
    count: new Int32Array(vectors.count),
    same: new Int32Array(vectors.count),
    pairs: 0,
    differing: 0,
    conflicts: [],
  };
  const meet = (left: number, right: number, similarity: number) => {
    nearest.note(left, right, similarity);
    nearest.note(right, left, similarity);
    const pairs = sizeOf(left) * sizeOf(right);
    report.pairs += pairs;
    if (sameTurn(left, right)) return;
    report.differing += pairs;
    if (similarity >= request.conflictSimilarity && request.comparable(left, right))
      report.conflicts.push({ left, right, similarity: Math.min(1, similarity) });
  };
  for (const group of partition(vectors, members, random)) visitPairs(vectors, group, meet);
  for (const member of members) {
    const duplicates = sizeOf(member) - 1;
    report.pairs += (duplicates * (duplicates + 1)) / 2;
    let count = Math.min(neighbourLimit, duplicates);
    let same = count;
    for (const neighbour of nearest.of(member)) {
      const voices = Math.min(neighbourLimit - count, sizeOf(neighbour));
      count += voices;
      if (sameTurn(neighbour, member)) same += voices;
    }
    report.count[member] = count;
    report.same[member] = same;
  }
  return report;
}

function visitPairs(
  vectors: Vectors,
  group: Int32Array,
  meet: (left: number, right: number, similarity: number) => void,
) {
  visitProducts({
    left: vectors,
    rows: group,
    right: vectors,
    columns: group,
    upperTriangle: true,
    visit: ({ rowStart, rowCount, columnStart, columnCount, stride, products }) => {
      for (let row = 0; row < rowCount; row++)
        for (let column = columnStart === rowStart ? row + 1 : 0; column < columnCount; column++) {
          const similarity = products[row * stride + column]!;
          if (similarity >= neighbourSimilarity) meet(group[rowStart + row]!, group[columnStart + column]!, similarity);
        }
    },
  });
}

/** The 20 nearest of each member, kept while pairs come by. Only members that have neighbours take room. */
function nearestLists(count: number) {
  const lists = new Array<{ member: number; similarity: number }[] | undefined>(count);
  return {
    note(member: number, other: number, similarity: number): void {
      const list = (lists[member] ??= []);
      if (list.length === neighbourLimit && similarity <= list.at(-1)!.similarity) return;
      let place = list.length;
      while (place > 0 && list[place - 1]!.similarity < similarity) place--;
      list.splice(place, 0, { member: other, similarity });
      if (list.length > neighbourLimit) list.pop();
    },
    of: (member: number) => (lists[member] ?? []).map((entry) => entry.member),
  };
}
