import { z } from 'zod';
import { datasetPurpose, measured, trainingDataCurated } from '../events/learning.ts';
import { digest, timestamp } from '../json.ts';
import { decisionView } from './decisions.ts';
import { run } from './problem.ts';

/** `POST /curation-runs`. Without parameters it makes the policy's data set; with any but `seed` it makes an experiment,
 *  whose students serve only when somebody approves them. */
export const curationRunInput = z.object({
  /** Only these agents' decisions; all when absent. */
  agents: z.array(z.string()).min(1).optional(),
  /** SemDeDup's ε: two decisions with the same call are duplicates above a cosine of 1 − ε. */
  epsilon: z.number().min(0).max(1).optional(),
  /** Share of the decisions to keep in deduplication, instead of ε. */
  keep_ratio: z.number().gt(0).max(1).optional(),
  /** Rows to select by CaR; all that survive deduplication when absent. */
  budget: z.int().positive().optional(),
  seed: z.int().nonnegative().optional(),
});
export type CurationRunInput = z.infer<typeof curationRunInput>;

export const curationRun = run.extend({
  parameters: curationRunInput,
  result: trainingDataCurated.nullable(),
});
export type CurationRun = z.infer<typeof curationRun>;

/** `POST /decisions:replay`: make the training data of a past moment again. */
export const decisionReplayInput = z.strictObject({
  /** Only what had happened by then. */
  as_of: timestamp.optional(),
  /** What was known by then; the moment of `as_of` when absent, now when that is absent too. */
  recorded_as_of: timestamp.optional(),
  /** Replay this version instead of the one that was the newest at that moment. */
  dataset_version: z.string().max(256).optional(),
});
export type DecisionReplayInput = z.infer<typeof decisionReplayInput>;

export const decisionReplayResult = z.object({
  digest,
  rows: z.int(),
  considered: z.int(),
  /** Where in the log the replay ended. */
  log_position: z.string(),
  /** The artifact with the recipe and the selected log positions. */
  manifest: digest,
  /** The version whose recipe and log position were replayed; null when none had been published by then. */
  published: z
    .object({ dataset_version: z.string(), digest, log_position: z.string(), published_at: z.string() })
    .nullable(),
  /** Whether the replay's digest is the published one; null without a published version. */
  equal: z.boolean().nullable(),
});
export type DecisionReplayResult = z.infer<typeof decisionReplayResult>;

export const decisionReplay = run.extend({
  parameters: decisionReplayInput,
  result: decisionReplayResult.nullable(),
});
export type DecisionReplay = z.infer<typeof decisionReplay>;

/** Why a decision is not in the data set: a rejection has a reason and, for a duplicate, its keeper. */
export const curationRejection = z.object({
  decision_id: z.string(),
  reason: z.enum(['duplicate', 'failed', 'schema-invalid', 'empty', 'student-decided', 'over-budget']),
  keeper: z.string().nullable(),
});

/** One row of `distillation_training_data`. */
export const trainingRow = decisionView.extend({
  quality: z.number().nullable(),
  weight: z.number().positive(),
});
export type TrainingRow = z.infer<typeof trainingRow>;

export const datasetView = z.object({
  dataset_version: z.string(),
  digest,
  /** `policy` when a run without parameters made this content, `experiment` when only others did. */
  purpose: datasetPurpose.default('policy'),
  created_at: z.string(),
  rows: z.int(),
  log_position: z.string(),
  /** The artifact that holds the recipe and the selected log positions. */
  manifest: digest,
  summary: trainingDataCurated,
  quality: z.record(z.string(), measured),
});
export type DatasetView = z.infer<typeof datasetView>;
