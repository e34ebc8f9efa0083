import { z } from 'zod';
import { measured } from '../events/learning.ts';
import { jsonObject, slug, versionNumber } from '../json.ts';
import { run } from './runs.ts';

/** A demonstration shown to the teacher: a context and the call it should lead to. */
export const demonstration = z.object({
  decision_id: z.string(),
  context: jsonObject,
  tool_selected: z.string().nullable(),
  tool_parameters: jsonObject,
});
export const promptContent = z.object({
  instruction: z.string().max(65_536),
  demonstrations: z.array(demonstration).max(64),
});
export type PromptContent = z.infer<typeof promptContent>;

export const promptVersionInput = promptContent.extend({ note: z.string().max(1000).optional() });
export const promptVersionView = promptContent.extend({
  prompt: z.string(),
  version: z.int().positive(),
  digest: z.string(),
  created_at: z.string(),
  labels: z.array(z.string()),
  score: measured.nullable(),
});
export const labelInput = z.object({ version: versionNumber });

/** `POST /optimization-runs` */
export const optimizationRunInput = z.object({
  prompt: slug,
  optimizer: z.enum(['bootstrap-few-shot']).default('bootstrap-few-shot'),
  dataset_version: z.string().optional(),
  agents: z.array(z.string()).min(1).optional(),
  /** The most calls the teacher may be asked for. */
  budget: z.int().positive().max(100_000).default(200),
  seed: z.int().nonnegative().default(1),
});
export const optimizationRun = run.extend({
  prompt: z.string(),
  optimizer: z.string(),
  prompt_version: z.int().nullable(),
  score: measured.nullable(),
  baseline: measured.nullable(),
  teacher_calls: z.int(),
});
