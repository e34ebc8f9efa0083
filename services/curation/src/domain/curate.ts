import type { DecisionView, Measured, ToolDefinition } from '@retort/contracts';
import { seededRandom, type Digest, type Random } from '@retort/kernel';
import { selectByClusterAndRank } from './car.ts';
import { readHistory, type Candidate, type History, type Rejection } from './candidates.ts';
import { datasetDigest } from './dataset.ts';
import { diversityMetrics } from './diversity-metrics.ts';
import { findNeighbours, type Neighbourhood } from './neighbours.ts';
import { agreement, confidenceCalibration, quality, qualityTerms, timeRanking, type QualityTerms } from './quality.ts';
import { ownAnswers, type OwnAnswers } from './own-answers.ts';
import type { Recipe } from './recipe.ts';
import { deduplicate, deduplicateToRatio, similarityHistogram, type Deduplication } from './semdedup.ts';
import { range, rowOf, allocateVectors, type Vectors } from './vectors/vectors.ts';

export interface CurationRequest {
  decisions: Iterable<DecisionView>;
  count: number;
  toolsets: ReadonlyMap<string, readonly ToolDefinition[]>;
  recipe: Recipe;
  /** Absent: the platform answered nothing itself. */
  own?: OwnAnswers;
  onProgress?: (progress: { fraction: number; step: string }) => void;
}

export interface SelectedRow {
  id: string;
  position: string;
  /** Counts decisions as they were read: orders rows as the history came. */
  place: number;
  quality: number | null;
  /** How many decisions this row stands for, up to the recipe's maximum. */
  weight: number;
  /** A guarantee may be calibrated on it. */
  calibrates: boolean;
}

export interface CurationReport {
  considered: number;
  duplicates: number;
  /** Rows that teach and calibrate nothing. */
  teaching_only: number;
  /** Decisions whose near-identical twin led to another turn. */
  conflicts: number;
  /** Up to 1,000 pairs of them, the nearest first. */
  conflict_pairs: { left: string; right: string; similarity: number }[];
  deduplication_rate: number;
  epsilon: number;
  /** Counts of M, the greatest cosine to an earlier kept decision, in 20 bins of [0, 1]. */
  similarity_histogram: number[];
  /** Counts of q in 20 bins of [0, 1]. */
  quality_histogram: number[];
  /** How many of the rows scored lack each part of q. */
  missing_parts: Record<keyof QualityTerms, number>;
  rejected: Record<string, number>;
  quality: Record<string, Measured & { offenders?: string[] }>;
}

export interface Curation {
  digest: Digest;
  /** Ordered by id. */
  rows: SelectedRow[];
  rejections: Rejection[];
  report: CurationReport;
}

/** Makes a data set of a range of history: gate, deduplicate, score, select. Pure: the same decisions and recipe give
 *  the same result on every machine, in whatever order the decisions come. */
export function curate({
  decisions,
  count,
  toolsets,
  recipe,
  own = ownAnswers({ answers: [], studentDecisions: [] }),
  onProgress = () => undefined,
}: CurationRequest): Curation {
  const random = seededRandom(recipe.seed);
  const history = readHistory({
    decisions,
    count,
    toolsets,
    own,
    timelinessMs: recipe.timeliness_ms,
    onProgress: (fraction) => onProgress({ fraction: 0.5 * fraction, step: 'embedding' }),
  });
  const { candidates, vectors } = history;
  onProgress({ fraction: 0.5, step: 'deduplicating' });
  const deduplication = removeDuplicates(history, recipe, random.fork('deduplication'));
  const sizes = groupSizes(deduplication);
  const survivors = range(candidates.length).filter((index) => deduplication.keeper[index] === index);
  onProgress({ fraction: 0.7, step: 'comparing neighbours' });
  const neighbourhood = findNeighbours({
    vectors,
    members: survivors,
    sameTurn: (left, right) => turnsMatch(candidates[left]!, candidates[right]!),
    sizeOf: (member) => sizes[member]!,
    conflictSimilarity: 1 - recipe.conflict_epsilon,
    comparable: (left, right) => mayContradict(history, candidates[left]!, candidates[right]!),
    random: random.fork('neighbours'),
  });
  onProgress({ fraction: 0.85, step: 'selecting' });
  const { scores, missing } = scoreAll(history, survivors, neighbourhood);
  const { selected, clusters } = selectByClusterAndRank({
    vectors: gather(vectors, survivors),
    quality: scores,
    tools: survivors.map((index) => candidates[index]!.tools),
    budget: recipe.budget ?? survivors.length,
    random: random.fork('selection'),
  });
  const rows = selected.map((index) => {
    const { id, position, place, content, calibrates } = candidates[survivors[index]!]!;
    const weight = Math.min(sizes[survivors[index]!]!, recipe.maximum_weight);
    return { id, position, place, content, quality: scores[index]!, weight, calibrates };
  });
  const rejections = [...history.rejections, ...duplicatesOf(candidates, deduplication)];
  const chosen = new Set(selected);
  for (const [place, index] of survivors.entries())
    if (!chosen.has(place)) rejections.push({ decisionId: candidates[index]!.id, reason: 'over-budget', keeper: null });
  onProgress({ fraction: 0.95, step: 'measuring' });
  const duplicates = candidates.length - deduplication.kept;
  return {
    digest: datasetDigest(rows),
    rows: rows.map(({ content: _, ...row }) => row),
    rejections,
    report: {
      considered: history.considered,
      duplicates,
      teaching_only: rows.filter(({ calibrates }) => !calibrates).length,
      ...conflictReport(candidates, neighbourhood),
      deduplication_rate: candidates.length === 0 ? 0 : duplicates / candidates.length,
      epsilon: deduplication.epsilon,
      similarity_histogram: similarityHistogram(deduplication),
      quality_histogram: histogram(scores),
      missing_parts: missing,
      rejected: countBy(rejections),
      quality: {
        ...history.assessment.metrics({ ...neighbourhood, ...deduplication }),
        ...diversityMetrics({
          vectors,
          members: Int32Array.from(selected, (place) => survivors[place]!),
          toolsOf: (member) => history.toolsOf(candidates[member]!.tools),
          registeredTools: history.registeredTools,
          clusters,
          random: random.fork('diversity'),
        }),
      },
    },
  };
}

function removeDuplicates({ candidates, vectors }: History, recipe: Recipe, random: Random): Deduplication {
  const blocks = new Map<number, number[]>();
  for (const [index, { turn }] of candidates.entries()) {
    const block = blocks.get(turn);
    if (block) block.push(index);
    else blocks.set(turn, [index]);
  }
  // Turns are numbered by arrival; blocks in the order of their first id do not depend on it.
  const request = { vectors, blocks: [...blocks.values()].map((block) => Int32Array.from(block)), random };
  return recipe.keep_ratio === null
    ? deduplicate({ ...request, epsilon: recipe.epsilon ?? 0 })
    : deduplicateToRatio({ ...request, ratio: recipe.keep_ratio });
}

function groupSizes({ keeper }: Deduplication): Int32Array {
  const sizes = new Int32Array(keeper.length);
  for (const representative of keeper) if (representative >= 0) sizes[representative]!++;
  return sizes;
}

/** Where the arguments of either are not known, the tools alone are compared. */
function turnsMatch(left: Candidate, right: Candidate): boolean {
  if (left.argumentsKnown && right.argumentsKnown) return left.turn === right.turn;
  return left.tools === right.tools;
}

/** Different turns contradict each other only where the tools of each were there for the other to choose. */
function mayContradict({ offered }: History, left: Candidate, right: Candidate): boolean {
  return offered(left.toolset, right.tools) && offered(right.toolset, left.tools);
}

function scoreAll({ candidates, labels }: History, survivors: Int32Array, { count, same }: Neighbourhood) {
  const calibrated = confidenceCalibration(labels);
  const timed = candidates.flatMap(({ tools, executionTime }) =>
    executionTime === null ? [] : [{ tool: tools, milliseconds: executionTime }],
  );
  const timeRank = timeRanking(timed);
  const missing = { success: 0, agreement: 0, confidence: 0, time: 0 };
  const scores = Array.from(survivors, (index) => {
    const { success, confidence, tools, executionTime } = candidates[index]!;
    const terms: QualityTerms = {
      success,
      agreement: agreement({ same: same[index]!, neighbours: count[index]! }),
      confidence: confidence === null ? null : calibrated(confidence),
      time: executionTime === null ? null : timeRank(tools, executionTime),
    };
    for (const term of qualityTerms) if (terms[term] === null) missing[term] += 1;
    return quality(terms);
  });
  return { scores, missing };
}

function conflictReport(candidates: readonly Candidate[], { conflicts }: Neighbourhood) {
  const involved = new Set(conflicts.flatMap(({ left, right }) => [left, right]));
  const pairs = conflicts
    .sort((a, b) => b.similarity - a.similarity || a.left - b.left || a.right - b.right)
    .slice(0, 1000)
    .map(({ left, right, similarity }) => ({
      left: candidates[left]!.id,
      right: candidates[right]!.id,
      similarity: Math.round(similarity * 1e4) / 1e4,
    }));
  return { conflicts: involved.size, conflict_pairs: pairs };
}

function duplicatesOf(candidates: readonly Candidate[], { keeper }: Deduplication): Rejection[] {
  return candidates.flatMap(({ id }, index) =>
    keeper[index] === index
      ? []
      : [{ decisionId: id, reason: 'duplicate' as const, keeper: candidates[keeper[index]!]!.id }],
  );
}

function gather(vectors: Vectors, members: Int32Array): Vectors {
  const gathered = allocateVectors(members.length, vectors.dimensions);
  for (const [index, member] of members.entries()) rowOf(gathered, index).set(rowOf(vectors, member));
  return gathered;
}

function histogram(values: readonly (number | null)[], bins = 20): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) if (value !== null) counts[Math.min(bins - 1, Math.floor(value * bins))]! += 1;
  return counts;
}

function countBy(rejections: readonly Rejection[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rejections) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
