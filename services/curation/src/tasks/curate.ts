import { decisionView, ownAnswer, type ToolDefinition } from '@retort/contracts';
import { canonicalJson, type Digest } from '@retort/kernel';
import type { Task } from '@retort/service-kit';
import type { Rejection } from '../domain/candidates.ts';
import { curate, type CurationReport, type SelectedRow } from '../domain/curate.ts';
import type { Manifest } from '../domain/manifest.ts';
import { ownAnswers } from '../domain/own-answers.ts';
import type { Recipe } from '../domain/recipe.ts';

export interface CurationTaskInput {
  /** Decisions as NDJSON, a whole number of lines each. */
  chunks: ArrayBuffer[];
  count: number;
  toolsets: [digest: string, tools: ToolDefinition[]][];
  recipe: Recipe;
  logPosition: string;
  /** What the platform answered itself, in the same form. */
  answers: ArrayBuffer[];
  /** Decisions that are a student's by what they say themselves. */
  studentDecisions: string[];
}

export interface CurationTaskOutput {
  digest: Digest;
  rows: number;
  /** The manifest artifact's bytes. */
  manifest: Uint8Array;
  rejections: Rejection[];
  report: CurationReport;
}

/** A whole curation in a worker thread: text in, manifest out. What this module imports is loaded by every thread that
 *  curates, so it keeps to what the arithmetic needs. */
const curateInThread: Task<CurationTaskInput, CurationTaskOutput> = (input, onProgress) => {
  const { digest, rows, rejections, report } = curate({
    decisions: parsedLines(input.chunks, decisionView),
    count: input.count,
    toolsets: new Map(input.toolsets),
    recipe: input.recipe,
    own: ownAnswers({
      answers: parsedLines(input.answers, ownAnswer),
      studentDecisions: input.studentDecisions,
    }),
    onProgress,
  });
  const manifest = new TextEncoder().encode(
    canonicalJson({
      format: 1,
      product: 'distillation_training_data',
      digest,
      recipe: input.recipe,
      log_position: input.logPosition,
      report,
      rows: columnsOf(inLogOrder(rows)),
    } satisfies { [Member in keyof Manifest]: unknown }),
  );
  return { digest, rows: rows.length, manifest, rejections, report };
};
export default curateInThread;

function* parsedLines<Line>(chunks: readonly ArrayBuffer[], schema: { parse(line: unknown): Line }): Iterable<Line> {
  for (const chunk of chunks)
    for (const line of Buffer.from(chunk).toString().split('\n')) if (line !== '') yield schema.parse(JSON.parse(line));
}

/** The history is read in the order of the log. */
function inLogOrder(rows: readonly SelectedRow[]): SelectedRow[] {
  return [...rows].sort((a, b) => a.place - b.place);
}

function columnsOf(rows: readonly SelectedRow[]): Manifest['rows'] {
  return {
    positions: rows.map(({ position }) => position),
    ids: rows.map(({ id }) => id),
    quality: rows.map(({ quality }) => quality),
    weights: rows.map(({ weight }) => weight),
    ...(rows.some(({ calibrates }) => !calibrates) && { calibrates: rows.map(({ calibrates }) => calibrates) }),
  };
}
