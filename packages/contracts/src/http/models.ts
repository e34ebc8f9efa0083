import { z } from 'zod';
import {
  agreementReport,
  configurationSearch,
  guarantee,
  measured,
  slicePromise,
  trainingProviderName,
} from '../events/learning.ts';
import { digest, jsonObject, slug } from '../json.ts';
import { run } from './runs.ts';

/** `POST /training-runs` */
export const trainingRunInput = z.object({
  model: slug.default('tool-calling'),
  /** The newest version of the policy when absent. */
  dataset_version: z.string().optional(),
  /** The promised agreement of whole calls among what the student serves. */
  target: z.number().gt(0).lt(1).optional(),
  confidence: z.number().gt(0.5).lt(1).optional(),
  seed: z.int().nonnegative().optional(),
  configuration: jsonObject.optional(),
  /** Compare so many configurations, the given one first, by cross-validation, and train with the best. */
  search: z
    .object({
      candidates: z.int().min(2).max(32).default(4),
      seconds: z.number().positive().max(86_400).default(120),
    })
    .optional(),
  /** `reported`: the promise over everything serves, the card says which tools and agents keep it by themselves.
   *  `required`: only those are served. */
  slices: z.enum(['reported', 'required']).optional(),
  /** Who trains; what the platform is set up with when absent. */
  provider: trainingProviderName.optional(),
  /** Deploy when the gate holds. What the policy says when absent: a student of the policy's data set, yes; one of an
   *  experiment, no. `true` with an experiment needs a key with `models:approve`. */
  deploy: z.boolean().optional(),
});
export type TrainingRunInput = z.input<typeof trainingRunInput>;

export const gateReason = z.object({ code: z.string(), message: z.string() });

export const trainingRun = run.extend({
  model: z.string(),
  dataset_version: z.string().nullable(),
  model_version: z.string().nullable(),
  deployed: z.boolean().nullable(),
  provider: trainingProviderName,
  /** What the work is called at the provider: a Kubernetes Job, a fine-tuning job. null where the platform does it. */
  remote_job: z.string().nullable(),
  /** How the configuration was chosen; null when it was given, or is not chosen yet. */
  search: configurationSearch.nullable(),
  /** Why the gate refused; empty when it held or was not reached. */
  refused: z.array(gateReason),
});
export type TrainingRun = z.infer<typeof trainingRun>;

export const modelStage = z.enum(['trained', 'refused', 'serving', 'retired']);
export const modelVersionView = z.object({
  model: z.string(),
  model_version: z.string(),
  stage: modelStage,
  created_at: z.string(),
  artifact: digest,
  artifact_bytes: z.int(),
  dataset_version: z.string(),
  dataset_digest: digest,
  rows: z.int(),
  tools: z.int(),
  train_seconds: z.number(),
  guarantee,
  /** The guarantee in words. */
  promise: z.string().optional(),
  /** What tools and agents keep by themselves; absent from a student that was trained before there were slices. */
  slices: z.array(slicePromise).optional(),
  evaluation: agreementReport.nullable(),
  provider: trainingProviderName.optional(),
  configuration: jsonObject.optional(),
  search: configurationSearch.optional(),
  /** The student's own card, as its artifact carries it. */
  card: jsonObject,
});
export type ModelVersionView = z.infer<typeof modelVersionView>;

/** What somebody should know before they rely on a version. */
export const modelCard = z.object({
  model: z.string(),
  model_version: z.string(),
  stage: modelStage,
  created_at: z.string(),
  artifact: digest,
  intended_use: z.string(),
  data: z.object({
    dataset_version: z.string(),
    dataset_digest: digest,
    rows: z.int(),
    tools: z.int(),
    /** Decisions with an exact copy in another group; null where it was not counted. */
    leakage: measured.nullable(),
  }),
  /** In words. */
  promise: z.string(),
  guarantee,
  /** Of decisions it did not learn from; null when nothing was measured. */
  figures: agreementReport.extend({ source: z.string() }).nullable(),
  /** No tool is served that agrees in clearly less than this share. */
  tool_floor: z.number(),
  tool_floors: z.array(
    z.object({
      tool: z.string().nullable(),
      floor: z.number(),
      served_call_agreement: measured,
      promised: z.boolean(),
      withheld: z.boolean(),
    }),
  ),
  limits: z.array(z.string()),
  training: z.object({
    provider: trainingProviderName,
    configuration: jsonObject,
    search: configurationSearch.nullable(),
    seconds: z.number(),
    run_id: z.string(),
  }),
  /** Every stage it went through, the first first. */
  stages: z.array(
    z.object({
      stage: z.enum(['trained', 'evaluated', 'refused', 'serving', 'retired']),
      at: z.string(),
      reason: z.string().nullable(),
    }),
  ),
  /** The student's own card, as its artifact carries it. */
  card: jsonObject,
});
export type ModelCard = z.infer<typeof modelCard>;

export const modelView = z.object({
  model: z.string(),
  serving: z.string().nullable(),
  versions: z.int(),
});

/** `POST /deployments` */
export const deploymentInput = z.object({
  model: slug.default('tool-calling'),
  model_version: z.string(),
  strategy: z.enum(['full', 'canary', 'shadow']).default('full'),
  percent: z.number().gt(0).max(100).default(100),
  /** Deploy although it is clearly behind what serves now in this. */
  accept: z.array(z.enum(['gate.serves-less', 'gate.serves-worse'])).default([]),
});
export const deploymentView = z.object({
  model: z.string(),
  model_version: z.string(),
  state: z.enum(['deployed', 'refused']),
  reasons: z.array(gateReason),
});
export const rollbackInput = z.object({
  model: slug.default('tool-calling'),
  reason: z.string().min(1).max(1000),
  /** Only when this version serves: makes a repeated roll-back go back once. */
  from: z.string().max(128).optional(),
});
