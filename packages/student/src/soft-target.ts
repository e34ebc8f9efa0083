import type { TaughtDecision } from './types.ts';

/** Under which name the probability of calling no tool stands. */
const noTool = '';
/** A tool that the teacher said nothing of is unlikely, and not impossible: its logarithm has to be a number. */
const smallest = 1e-6;

/** The teacher's probabilities of these tools (null: none) as logits, to be learnt from with `distillationLoss`: what was
 *  said of tools that are not offered is left out. null where the teacher gave none, or none of these. */
export function softTarget(
  { teacherProbabilities: given }: Pick<TaughtDecision, 'teacherProbabilities'>,
  offered: readonly (string | null)[],
): number[] | null {
  if (!given) return null;
  const probabilities = offered.map((tool) => (Object.hasOwn(given, tool ?? noTool) ? given[tool ?? noTool]! : 0));
  const total = probabilities.reduce((sum, probability) => sum + probability, 0);
  if (!(total > 0)) return null;
  return probabilities.map((probability) => Math.log(Math.max(smallest, probability / total)));
}
