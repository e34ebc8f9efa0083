import { decisionView, type DecisionView, type ToolDefinition } from '@retort/contracts';
import { parsePosition } from '@retort/event-store';
import { canonicalJson, type Digest } from '@retort/kernel';
import { transferring, type Task } from '@retort/service-kit';
import type { Rejection } from '../domain/candidates.ts';
import { curate, type CurationReport, type SelectedRow } from '../domain/curate.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Recipe } from '../domain/recipe.ts';

export interface CurationTaskInput {
  /** Decisions as NDJSON, a whole number of lines each. */
  chunks: ArrayBuffer[];
  count: number;
  toolsets: [digest: string, tools: ToolDefinition[]][];
  recipe: Recipe;
  logPosition: string;
}

export interface CurationTaskOutput {
  digest: Digest;
  rows: number;
  /** The manifest artifact's bytes. */
  manifest: Uint8Array;
  rejections: Rejection[];
  report: CurationReport;
}

/** A whole curation in a worker thread: text in, manifest out. */
const curateInThread: Task<CurationTaskInput, CurationTaskOutput> = (input, onProgress) => {
  const { digest, rows, rejections, report } = curate({
    decisions: decisionsOf(input.chunks),
    count: input.count,
    toolsets: new Map(input.toolsets),
    recipe: input.recipe,
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
  return transferring({ digest, rows: rows.length, manifest, rejections, report }, [manifest.buffer]);
};
export default curateInThread;

function* decisionsOf(chunks: readonly ArrayBuffer[]): Iterable<DecisionView> {
  for (const chunk of chunks)
    for (const line of Buffer.from(chunk).toString().split('\n'))
      if (line !== '') yield decisionView.parse(JSON.parse(line));
}

function inLogOrder(rows: readonly SelectedRow[]): SelectedRow[] {
  return rows
    .map((row) => ({ row, ...parsePosition(row.position) }))
    .sort((a, b) => compare(a.commit, b.commit) || compare(a.prepare, b.prepare))
    .map(({ row }) => row);
}

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

function columnsOf(rows: readonly SelectedRow[]): Manifest['rows'] {
  return {
    positions: rows.map(({ position }) => position),
    ids: rows.map(({ id }) => id),
    quality: rows.map(({ quality }) => quality),
    weights: rows.map(({ weight }) => weight),
  };
}
