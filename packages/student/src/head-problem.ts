import type { Configuration } from './configuration.ts';
import { BLOCKS } from './features/buffer.ts';
import { learnFeatures } from './features/matrix.ts';
import { englishWordVectors } from './features/word-vectors.ts';
import type { HeadProblem } from './head/fit.ts';
import { padded } from './kernels/arena.ts';
import { softTarget } from './soft-target.ts';
import type { TaughtDecision } from './types.ts';

/** What the tool head learns from decisions, and how much of each the vocabulary knows. Of the calls only those that are served
 *  are looked at for features. */
export function headProblem(
  decisions: readonly TaughtDecision[],
  served: Int32Array,
  configuration: Configuration,
): { problem: HeadProblem; known: Float32Array } {
  const names = new Set(decisions.map(({ call }) => call.tool));
  const tools: (string | null | undefined)[] = decisions.map(() => undefined);
  for (const row of served) tools[row] = decisions[row]!.call.tool;
  const { space, rows, known } = learnFeatures(
    decisions.map(({ context }) => context),
    {
      minimumRows: configuration.minimumRows,
      maximumFeatures: Math.min(configuration.maximumFeatures, affordableFeatures(names.size, configuration)),
      blockWeights: BLOCKS.map((block) => configuration[`${block}Weight`]),
      tools,
      ...(configuration.meaningWeight > 0 && {
        meaning: { vectors: englishWordVectors(), weight: configuration.meaningWeight },
      }),
    },
  );
  const classes = [...names].sort((a, b) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1));
  const classOf = new Map(classes.map((name, index) => [name, index]));
  const offeredOf = new Map<TaughtDecision['tools'], ReadonlySet<number> | null>();
  const offered = decisions.map(({ tools, call }) => {
    let known = offeredOf.get(tools);
    if (known === undefined) {
      const present = new Set(tools.flatMap(({ name }) => classOf.get(name) ?? []));
      if (classOf.has(null)) present.add(classOf.get(null)!);
      known = present.size === classes.length ? null : present;
      offeredOf.set(tools, known);
    }
    return known === null ? null : Int32Array.from(new Set([...known, classOf.get(call.tool)!]));
  });
  const namesOf = (offeredClasses: Int32Array | null) =>
    offeredClasses === null ? classes : Array.from(offeredClasses, (index) => classes[index]!);
  return {
    problem: {
      space,
      rows,
      classes,
      labels: Int32Array.from(decisions, ({ call }) => classOf.get(call.tool)!),
      weights: Float32Array.from(decisions, ({ weight }) => weight ?? 1),
      offered,
      softTargets: decisions.map((decision, row) => softTarget(decision, namesOf(offered[row]!))),
    },
    known,
  };
}

/** So many features that an artifact stays below 50 MB, of which words’ vectors take five: by feature, a byte per weight,
 *  two scales, hash and idf. */
function affordableFeatures(tools: number, { hidden, networks }: Configuration): number {
  return Math.floor(41_000_000 / (padded(tools) + padded(hidden) * networks + 16));
}
