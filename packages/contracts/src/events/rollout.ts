import { z } from 'zod';
import { digest } from '../json.ts';

const share = z.number().gt(0).lt(1);

/** From where on a challenger is taken back by itself. Its agreement is held to what its own card guarantees. */
export const rolloutGuards = z.strictObject({
  errors: share.default(0.01).describe('The share of its answers that may fail.'),
  slow: share.default(0.05).describe('The share of its answers that may take longer than `slow_ms`.'),
  slow_ms: z.number().positive().default(50).describe('From here on an answer of it is slow, in milliseconds.'),
});
export type RolloutGuards = z.infer<typeof rolloutGuards>;

/** `canary`: a share of the sessions is answered by the challenger. `shadow`: it is asked beside, and answers nobody. */
export const rolloutStrategy = z.enum(['canary', 'shadow']);
export type RolloutStrategy = z.infer<typeof rolloutStrategy>;

/** MODEL_ROLLOUT_STARTED: a version challenges the one that serves. The same rollout again: with another share. */
export const modelRolloutStarted = z.object({
  rollout_id: z.string().describe('Names this attempt of the version.'),
  model: z.string().describe('The model.'),
  model_version: z.string().describe('The challenger.'),
  artifact: digest.describe('The student, by digest.'),
  strategy: rolloutStrategy.describe('Whether it answers anybody.'),
  percent: z.number().min(0).max(100).describe('The share of the sessions that it gets.'),
  agents: z.array(z.string()).nullable().describe('Only sessions of these agents; null: of all.'),
  guards: rolloutGuards.describe('When it is taken back.'),
  champion: z.string().nullable().describe('The version that it challenges; null: the teacher answered everything.'),
  reason: z.string().describe('Why it may, in words.'),
});
export type ModelRolloutStarted = z.infer<typeof modelRolloutStarted>;

export const rolloutGuard = z.enum(['agreement', 'errors', 'latency', 'artifact']);
export type RolloutGuard = z.infer<typeof rolloutGuard>;

/** MODEL_ROLLOUT_ENDED: the challenger answers nobody any more. One that is promoted is deployed instead: MODEL_DEPLOYED. */
export const modelRolloutEnded = z.object({
  rollout_id: z.string().describe('Which attempt ended.'),
  model: z.string().describe('The model.'),
  model_version: z.string().describe('The challenger.'),
  outcome: z
    .enum(['reverted', 'stopped', 'replaced'])
    .describe('By a guard, by somebody, or because another version challenges now.'),
  guard: rolloutGuard.nullable().describe('The guard that reverted it; null where none did.'),
  reason: z.string().describe('In words.'),
  figures: z
    .object({
      requests: z.int().describe('Answers that the guard saw.'),
      violations: z.int().describe('Of those, the ones that it counts against the challenger.'),
      allowed: z.number().describe('The share of them that is allowed.'),
      evidence: z.number().describe('The e-value against the challenger.'),
      needed: z.number().describe('From here on it is reverted.'),
    })
    .optional()
    .describe('What the guard saw; absent where nobody counted.'),
});
export type ModelRolloutEnded = z.infer<typeof modelRolloutEnded>;
