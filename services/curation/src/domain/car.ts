import type { Random } from '@retort/kernel';
import { principalComponents } from './principal-components.ts';
import { sphericalKMeans } from './vectors/kmeans.ts';
import { range, type Vectors } from './vectors/vectors.ts';

/** Below so many decisions there is nothing to choose from. */
const takeAllBelow = 8;
/** The part of a budget that goes to the best overall. */
const bestOverall = 0.2;

export interface SelectionRequest {
  vectors: Vectors;
  /** null ranks last. */
  quality: readonly (number | null)[];
  /** Tool of each decision, by number. */
  tools: ArrayLike<number>;
  budget: number;
  random: Random;
}

export interface Selection {
  /** Ascending. */
  selected: number[];
  clusters: number;
}

/** k = ⌊√(n/2)⌋ (Ge et al. 2024). */
export function clusterCount(decisions: number): number {
  return Math.floor(Math.sqrt(decisions / 2));
}

/** Best first; unknown quality last; ties by index. */
export function ranking(quality: readonly (number | null)[]): number[] {
  return [...quality.keys()].sort((a, b) => (quality[b] ?? -1) - (quality[a] ?? -1) || a - b);
}

/** CaR, clustering and ranking: the best of every tool, the best 20% of the budget overall, and for the rest the next
 *  best of each cluster in turn, so that what is rare in kind is not crowded out by what is frequent and good. */
export function selectByClusterAndRank(request: SelectionRequest): Selection {
  const { vectors, quality, tools, budget, random } = request;
  const ranked = ranking(quality);
  if (ranked.length < takeAllBelow || budget >= ranked.length)
    return { selected: ranked.sort((a, b) => a - b), clusters: 0 };
  const projected = principalComponents({ vectors, random: random.fork('components') });
  const clusters = clusterCount(ranked.length);
  const { assignment } = sphericalKMeans({
    vectors: projected,
    members: range(vectors.count),
    clusters,
    random: random.fork('clusters'),
  });
  const selected = new Set<number>();
  const take = (index: number) => selected.size < budget && selected.add(index);
  bestOfEach(ranked, tools).forEach(take);
  const overall = Math.max(selected.size, Math.floor(budget * bestOverall));
  for (const index of ranked) if (selected.size < overall) take(index);
  for (const index of inTurn(ranked, assignment)) take(index);
  return { selected: [...selected].sort((a, b) => a - b), clusters };
}

function bestOfEach(ranked: readonly number[], tools: ArrayLike<number>): number[] {
  const seen = new Set<number>();
  return ranked.filter((index) => !seen.has(tools[index]!) && seen.add(tools[index]!));
}

/** The best of each cluster, then the second best of each, and so on. */
function inTurn(ranked: readonly number[], assignment: Int32Array): number[] {
  const taken = new Map<number, number>();
  const turns: number[][] = [];
  for (const index of ranked) {
    const turn = taken.get(assignment[index]!) ?? 0;
    taken.set(assignment[index]!, turn + 1);
    (turns[turn] ??= []).push(index);
  }
  return turns.flat();
}
