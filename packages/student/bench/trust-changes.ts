import { hash32, seededRandom, type Random } from '@retort/kernel';
import type { LabelledDecision, PredictionRequest } from '../src/index.ts';

/** What may become of the traffic after training. */
export const changes = [
  'out-of-scope',
  'unseen-tools-offered',
  'right-tool-missing',
  'two-calls',
  'another-agent',
] as const;
export type Change = (typeof changes)[number];

export interface Trial {
  /** Without the tools that were removed. */
  train: LabelledDecision[];
  known: LabelledDecision[];
  /** Requests to the tools that were removed, on offer among the others. */
  strangers: LabelledDecision[];
  /** Whatever a student serves of these is wrong. */
  changed: Record<Change, PredictionRequest[]>;
}

const REMOVED_PERCENT = 18;

/** Takes tools away from a set before anything is learnt from it; their test requests become the changed ones. */
export function trialOf(
  { train, test }: { train: readonly LabelledDecision[]; test: readonly LabelledDecision[] },
  strangers: readonly PredictionRequest[],
): Trial {
  const names = [...new Set(train.map(({ call }) => call.tool))].filter((name) => name !== null);
  const removed = removedOf(names);
  const without = listsWithout(removed);
  const known = (rows: readonly LabelledDecision[]) =>
    rows
      .filter(({ call }) => call.tool === null || !removed.has(call.tool))
      .map((row) => ({ ...row, tools: without(row.tools) }));
  const lost = test.filter(({ call }) => call.tool !== null && removed.has(call.tool));
  const kept = known(test);
  const called = kept.filter(({ call }) => call.tool !== null);
  const random = seededRandom('trust');
  return {
    train: known(train),
    known: kept,
    strangers: lost,
    changed: {
      'out-of-scope': lost.map((row) => ({ ...row, tools: without(row.tools) })),
      'unseen-tools-offered': lost,
      'right-tool-missing': called
        .map((row) => ({ ...row, tools: row.tools.filter(({ name }) => name !== row.call.tool) }))
        .filter(({ tools }) => tools.length > 0),
      'two-calls': twoCalls(called, random),
      'another-agent': random.shuffle(strangers).flatMap((stranger, index) => {
        const { tools } = called[index % called.length]!;
        // Its own tools, ours, and nothing said at all.
        return [[stranger, { ...stranger, tools }, { context: {}, tools }][index % 3]!];
      }),
    },
  };
}

/** About a fifth of the tools, by name, and never so many that there is nothing to choose. */
function removedOf(names: readonly string[]): Set<string> {
  const key = (name: string) => hash32(name, 0x7257);
  const count = Math.min(names.length - 2, Math.max(1, Math.round((REMOVED_PERCENT / 100) * names.length)));
  return new Set([...names].sort((a, b) => key(a) - key(b)).slice(0, Math.max(0, count)));
}

/** Lists of tools that are shared stay shared. */
function listsWithout(removed: ReadonlySet<string>): (tools: PredictionRequest['tools']) => PredictionRequest['tools'] {
  const made = new Map<PredictionRequest['tools'], PredictionRequest['tools']>();
  return (tools) => {
    const known = made.get(tools) ?? tools.filter(({ name }) => !removed.has(name));
    made.set(tools, known);
    return known;
  };
}

const joins = [' as well as ', ' and ', '; ', '. And ', ', plus '];

function twoCalls(rows: readonly LabelledDecision[], random: Random): PredictionRequest[] {
  return rows.flatMap((first) => {
    const second = random.pick(rows);
    const [before, after] = [first.context['query'], second.context['query']];
    if (second.call.tool === first.call.tool || typeof before !== 'string' || typeof after !== 'string') return [];
    return [{ ...first, context: { ...first.context, query: `${before}${random.pick(joins)}${after}` } }];
  });
}
