import { seededRandom, type JsonObject, type JsonValue } from '@retort/kernel';
import type { TaughtDecision } from '../../types.ts';
import { flattenArguments } from '../values/flatten.ts';
import { todayOf, type Layout } from './layout.ts';
import { isMessageText, leavesOf, pathKey, type Leaf } from './paths.ts';

/** A decision as the learner sees it. */
export interface Row {
  tool: string;
  context: JsonObject;
  arguments: Map<string, JsonValue>;
  /** There may have been others. */
  partial: boolean;
  leaves: Leaf[];
  today: number | undefined;
  fold: number;
  group: string;
  weight: number;
}

/** Whether it is known if a row has an argument, and which. */
export function tellsOf(row: Row, pointer: string): boolean {
  return !row.partial || row.arguments.has(pointer);
}

const rowsPerTool = 4000;
const rowsInAll = 60_000;

/** The decisions that called a tool, by tool, a seeded sample where there are more than a tool's programs need. */
export function gatherRows(
  decisions: readonly TaughtDecision[],
  options: { layout: Layout; folds: ArrayLike<number>; seed: number },
): Map<string, Row[]> {
  const byTool = new Map<string, { decision: TaughtDecision; fold: number }[]>();
  decisions.forEach((decision, index) => {
    if (decision.call.tool === null || decision.weight === 0) return;
    const of = byTool.get(decision.call.tool) ?? [];
    of.push({ decision, fold: options.folds[index]! });
    byTool.set(decision.call.tool, of);
  });
  const limit = Math.max(200, Math.min(rowsPerTool, Math.floor(rowsInAll / Math.max(1, byTool.size))));
  const random = seededRandom(`${options.seed}/rows`);
  const rows = new Map<string, Row[]>();
  for (const tool of [...byTool.keys()].sort()) {
    const of = byTool.get(tool)!;
    const chosen = of.length > limit ? random.shuffle(of).slice(0, limit) : of;
    rows.set(
      tool,
      chosen.map(({ decision, fold }) => ({
        tool,
        context: decision.context,
        arguments: flattenArguments(decision.call.parameters ?? decision.knownArguments ?? {}),
        partial: decision.call.parameters === null,
        leaves: copyableLeaves(decision.context, options.layout),
        today: todayOf(decision.context, options.layout),
        fold,
        group: groupOf(decision),
        weight: Math.min(10, decision.weight ?? 1),
      })),
    );
  }
  return rows;
}

/** Deals sessions into folds of about equal size. */
export function dealFolds(
  decisions: readonly TaughtDecision[],
  { count, seed }: { count: number; seed: number },
): { of: number[]; count: number } {
  const groups = seededRandom(`${seed}/folds`).shuffle([...new Set(decisions.map(groupOf))]);
  const folds = new Map(groups.map((group, index) => [group, index % count]));
  return { of: decisions.map((decision) => folds.get(groupOf(decision))!), count };
}

function groupOf(decision: TaughtDecision): string {
  return decision.group ?? decision.id;
}

function copyableLeaves(context: JsonObject, layout: Layout): Leaf[] {
  const text = layout.text && pathKey(layout.text);
  return leavesOf(context).filter(
    (leaf) =>
      leaf.key !== text &&
      leaf.value !== null &&
      leaf.value !== '' &&
      !(isMessageText(leaf.path) && typeof leaf.value === 'string'),
  );
}
