import type { CurationRunInput } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { embeddingName } from './embedding.ts';

/** Everything that decides what becomes of a stretch of history: the same recipe over the same decisions makes the same
 *  data set. */
export interface Recipe {
  /** Raised whenever the same parameters would select other rows. */
  code: string;
  embedding: string;
  seed: number;
  agents: string[] | null;
  epsilon: number | null;
  keep_ratio: number | null;
  budget: number | null;
  /** Two contexts this near contradict each other when their calls differ. */
  conflict_epsilon: number;
  /** The most one row may count for its duplicates, lest one loop outweigh everything else. */
  maximum_weight: number;
  timeliness_ms: number;
}

/** Word order and punctuation, no more: on the public intent sets nothing above a cosine of .99 was anything but the
 *  same sentence (banking77 0.2% of the rows, hwu64 0.04%, snips 1.8%, all but one of them verbatim). */
export const defaultEpsilon = 0.01;

/** @throws `curation.epsilon-or-ratio` (400) when both are given. */
export function recipeOf(input: CurationRunInput): Recipe {
  const { agents = null, epsilon = null, keep_ratio = null, budget = null, seed = 1 } = input;
  if (epsilon !== null && keep_ratio !== null)
    throw fault('curation.epsilon-or-ratio', {
      status: 400,
      retriable: false,
      public: 'Give epsilon or keep_ratio, not both: each follows from the other.',
      errors: [{ pointer: '/keep_ratio', message: 'epsilon is given too' }],
    });
  return {
    code: 'curation/1',
    embedding: embeddingName,
    seed,
    agents: agents === null ? null : [...new Set(agents)].sort(),
    epsilon: epsilon ?? (keep_ratio === null ? defaultEpsilon : null),
    keep_ratio,
    budget,
    conflict_epsilon: defaultEpsilon,
    maximum_weight: 32,
    timeliness_ms: 3_600_000,
  };
}
