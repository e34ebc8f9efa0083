import type { Configuration } from './configuration.ts';
import { BLOCKS } from './features/buffer.ts';
import { featureRows, learnFeatures } from './features/matrix.ts';
import { englishWordVectors } from './features/word-vectors.ts';
import type { HeadProblem } from './head/fit.ts';
import { SEVERAL_CALLS } from './head/model.ts';
import { KEPT_PER_CLASS } from './head/prototypes.ts';
import type { JoinedRequest } from './novelty/several.ts';
import { padded } from './kernels/arena.ts';
import { softTarget } from './soft-target.ts';
import type { TaughtDecision } from './types.ts';

/** What the tool head learns from decisions and, behind them, from joined requests; and how much of each the vocabulary would know
 *  without it. Of the answers only those of `served` are looked at for features. */
export function headProblem(
  decisions: readonly TaughtDecision[],
  {
    answers,
    joined,
    served,
  }: { answers: readonly (string | null)[]; joined: readonly JoinedRequest[]; served: Int32Array },
  configuration: Configuration,
): { problem: HeadProblem; known: Float32Array } {
  const names = new Set(answers);
  if (joined.length > 0) names.add(SEVERAL_CALLS);
  const tools: (string | null | undefined)[] = decisions.map(() => undefined);
  for (const row of served) tools[row] = answers[row]!;
  const { space, scarceIdf } = learnFeatures(
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
  const contexts = [...decisions, ...joined].map(({ context }) => context);
  const { rows, known } = featureRows(contexts, space, scarceIdf);
  const classes = [...names].sort((a, b) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1));
  const classOf = new Map(classes.map((name, index) => [name, index]));
  const offeredOf = new Map<TaughtDecision['tools'], ReadonlySet<number> | null>();
  const always = [null, SEVERAL_CALLS].flatMap((name) => classOf.get(name) ?? []);
  const offeredBy = ({ tools }: Pick<TaughtDecision, 'tools'>, answer: string | null) => {
    let known = offeredOf.get(tools);
    if (known === undefined) {
      const present = new Set([...tools.flatMap(({ name }) => classOf.get(name) ?? []), ...always]);
      known = present.size === classes.length ? null : present;
      offeredOf.set(tools, known);
    }
    return known === null ? null : Int32Array.from(new Set([...known, classOf.get(answer)!]));
  };
  const labelled = [
    ...decisions.map((decision, row) => ({
      decision,
      answer: answers[row]!,
      weight: decision.weight ?? 1,
      taught: decision,
    })),
    ...joined.map((decision) => ({ decision, answer: SEVERAL_CALLS, weight: 1, taught: {} })),
  ];
  const offered = labelled.map(({ decision, answer }) => offeredBy(decision, answer));
  const namesOf = (offeredClasses: Int32Array | null) =>
    offeredClasses === null ? classes : Array.from(offeredClasses, (index) => classes[index]!);
  return {
    problem: {
      space,
      contexts,
      rows,
      classes,
      neverCalled: neverCalled(decisions, names),
      labels: Int32Array.from(labelled, ({ answer }) => classOf.get(answer)!),
      weights: Float32Array.from(labelled, ({ weight }) => weight),
      offered,
      softTargets: labelled.map(({ taught, answer }, row) =>
        answer === SEVERAL_CALLS ? null : softTarget(taught, namesOf(offered[row]!)),
      ),
    },
    known,
  };
}

/** How often each tool was on offer that was never called. */
function neverCalled(
  decisions: readonly TaughtDecision[],
  called: ReadonlySet<string | null>,
): ReadonlyMap<string, number> {
  const lists = new Map<TaughtDecision['tools'], number>();
  for (const { tools } of decisions) lists.set(tools, (lists.get(tools) ?? 0) + 1);
  const counts = new Map<string, number>();
  for (const [tools, times] of lists)
    for (const { name } of tools) if (!called.has(name)) counts.set(name, (counts.get(name) ?? 0) + times);
  return counts;
}

/** So many features that an artifact stays below 50 MB, of which words’ vectors take five and each class its prototypes: by
 *  feature, a byte per weight, two scales, hash and idf. */
function affordableFeatures(classes: number, { hidden, networks }: Configuration): number {
  const units = padded(hidden) * networks;
  const prototypes = classes * (KEPT_PER_CLASS + 1) * units;
  return Math.max(1, Math.floor((41_000_000 - prototypes) / (padded(classes) + units + 16)));
}
