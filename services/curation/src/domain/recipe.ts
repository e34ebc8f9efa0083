import type { CurationRunInput, DatasetPurpose } from '@retort/contracts';
import { canonicalJson, fault, type JsonObject } from '@retort/kernel';
import { z } from 'zod';
import { embeddingName } from './embedding.ts';

/** Everything that decides what becomes of a range of history: the same recipe over the same decisions makes the same
 *  data set. */
export const recipe = z.strictObject({
  /** Raised whenever the same parameters would select other rows. */
  code: z.string(),
  embedding: z.string(),
  seed: z.number(),
  agents: z.array(z.string()).nullable(),
  epsilon: z.number().nullable(),
  keep_ratio: z.number().nullable(),
  budget: z.number().nullable(),
  /** Two contexts this near contradict each other when their calls differ. */
  conflict_epsilon: z.number(),
  /** The most one row may count for its duplicates, lest one loop outweigh everything else. */
  maximum_weight: z.number(),
  timeliness_ms: z.number(),
});
export type Recipe = z.infer<typeof recipe>;

const code = 'curation/1';

/** Word order and punctuation, no more: on the public intent sets nothing above a cosine of .99 was anything but the
 *  same sentence (banking77 0.2% of the rows, hwu64 0.04%, snips 1.8%, all but one of them verbatim). */
export const defaultEpsilon = 0.01;

/** @throws `curation.epsilon-or-ratio` (400) when both are given. */
export function recipeOf(input: CurationRunInput): Recipe {
  const { agents = null, epsilon = null, keep_ratio = null, budget = null, seed = 1 } = input;
  if (epsilon !== null && keep_ratio !== null)
    throw fault('curation.epsilon-or-ratio', {
      public: 'Give epsilon or keep_ratio, not both: each follows from the other.',
      errors: [{ pointer: '/keep_ratio', message: 'epsilon is given too' }],
    });
  return {
    code,
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

/** What the data set of a recipe is for: whatever is not the policy's own recipe, seed apart, is an experiment. */
export function purposeOf(recipe: Recipe): DatasetPurpose {
  const own = recipeOf({ seed: recipe.seed });
  return canonicalJson(recipe) === canonicalJson(own) ? 'policy' : 'experiment';
}

/** The recipe of a manifest.
 *  @throws `curation.recipe-of-another-release` (409): this code would not select the same rows */
export function recipeOfManifest(stored: JsonObject): Recipe {
  const parsed = recipe.safeParse(stored);
  if (parsed.success && parsed.data.code === code && parsed.data.embedding === embeddingName) return parsed.data;
  throw fault('curation.recipe-of-another-release', {
    public: 'This version was made by a release of the code that selects otherwise than this one.',
    internal: { stored: stored['code'], code },
  });
}
