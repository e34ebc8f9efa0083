import { softmax } from './softmax.ts';
import type { TaughtDecision } from './types.ts';

/** How far the teacher's probabilities are softened, and how much they count beside its decisions (Hinton et al. 2015):
 *  (1 − α)·CE(decision) + α·T²·KL(p_T ‖ p_S), both softened by the temperature T. Natural logarithms. */
export const distillation = { temperature: 2, alpha: 0.7 } as const;

/** Under which name the probability of calling no tool stands. */
const noTool = '';
/** A tool that the teacher said nothing of is unlikely, and not impossible: its logarithm has to be a number. */
const smallest = 1e-6;

/** The teacher's probabilities of these tools (null: none), softened as the loss of distillation compares them with the student's:
 *  what was said of tools that are not offered is left out. null where the teacher gave none, or none of these. */
export function softTarget(
  { teacherProbabilities: given }: Pick<TaughtDecision, 'teacherProbabilities'>,
  offered: readonly (string | null)[],
): Float64Array | null {
  if (!given) return null;
  const probabilities = offered.map((tool) => (Object.hasOwn(given, tool ?? noTool) ? given[tool ?? noTool]! : 0));
  const total = probabilities.reduce((sum, probability) => sum + probability, 0);
  if (!(total > 0)) return null;
  return softmax(
    Float64Array.from(probabilities, (probability) => Math.log(Math.max(smallest, probability / total))),
    distillation.temperature,
  );
}
