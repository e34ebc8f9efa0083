import { z } from 'zod';
import { digest, jsonObject, timestamp } from '../json.ts';

/** A rate with what it was made of; `value` is null when nothing was counted. */
export const measured = z.object({
  value: z.number().nullable(),
  numerator: z.number(),
  denominator: z.number(),
  /** A 95% interval where one was computed. */
  interval: z.tuple([z.number(), z.number()]).optional(),
});
export type Measured = z.infer<typeof measured>;

/** `policy`: made by the platform's own recipe of all decisions, so that its students may serve by themselves.
 *  `experiment`: a filter, a budget or another parameter was given; what is learnt from it serves only when somebody
 *  approves it. */
export const datasetPurpose = z.enum(['policy', 'experiment']);
export type DatasetPurpose = z.infer<typeof datasetPurpose>;

export const trainingDataCurated = z.object({
  run_id: z.string(),
  product: z.string(),
  dataset_version: z.string(),
  digest,
  /** The last position of the event log this version saw. */
  log_position: z.string(),
  rows: z.int().nonnegative(),
  considered: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  conflicts: z.int().nonnegative(),
  rejected: z.record(z.string(), z.int()),
  deduplication_rate: z.number(),
  quality: z.record(z.string(), measured),
  /** Absent from data that were curated before there were experiments: those are the policy's. */
  purpose: datasetPurpose.optional(),
});
export type TrainingDataCurated = z.infer<typeof trainingDataCurated>;

export const promptsOptimized = z.object({
  run_id: z.string(),
  prompt: z.string(),
  prompt_version: z.int().positive(),
  optimizer: z.string(),
  score: measured,
  baseline: measured,
  teacher_calls: z.int().nonnegative(),
});
export type PromptsOptimized = z.infer<typeof promptsOptimized>;

/** What a threshold promises, in numbers: at least `target` agreement among what the student serves, at `confidence`. */
export const guarantee = z.object({
  kind: z.enum(['ltt', 'ltt-cross-fitted', 'none']),
  target: z.number(),
  confidence: z.number(),
  /** null: no threshold could be promised, everything goes to the teacher. */
  threshold: z.number().nullable(),
});
export type Guarantee = z.infer<typeof guarantee>;

/** How a tool, or an agent, fares at the threshold that serves, and whether it keeps the promise by itself. */
export const slicePromise = z.object({
  by: z.enum(['tool', 'agent']),
  /** null: the proposal to call no tool. */
  name: z.string().nullable(),
  /** Of its decisions that chose the threshold, the whole calls that were the teacher's. */
  call_agreement: measured,
  /** Of those that would be served. */
  served_call_agreement: measured,
  /** From here on it keeps the promise by itself; null: it does not, or has too few decisions to show it. */
  threshold: z.number().nullable(),
  /** What is served of it is covered by a promise of its own. */
  promised: z.boolean(),
  /** Below the floor: its calls are left to the teacher. */
  withheld: z.boolean(),
});
export type SlicePromise = z.infer<typeof slicePromise>;

/** Who made a model: our own trainer in a thread of the platform or in a Kubernetes Job, or an OpenAI-compatible endpoint
 *  that fine-tunes one of its own. */
export const trainingProviderName = z.enum(['local', 'kubernetes', 'openai']);
export type TrainingProviderName = z.infer<typeof trainingProviderName>;

/** Configurations that were compared by cross-validation before training. */
export const configurationSearch = z.object({
  chosen: jsonObject,
  why: z.string(),
  /** Decisions that they were compared on. */
  decisions: z.int(),
  tried: z.array(
    z.object({
      configuration: jsonObject,
      tool_agreement: z.number().nullable(),
      call_agreement: z.number().nullable(),
      seconds: z.number(),
    }),
  ),
  /** Candidates that the time did not reach. */
  left: z.int(),
});
export type ConfigurationSearch = z.infer<typeof configurationSearch>;

export const modelTrained = z.object({
  run_id: z.string(),
  model: z.string(),
  model_version: z.string(),
  artifact: digest,
  artifact_bytes: z.int(),
  dataset_version: z.string(),
  dataset_digest: digest,
  rows: z.int(),
  tools: z.int(),
  train_seconds: z.number(),
  guarantee,
  configuration: jsonObject,
  /** The student's own card, as its artifact carries it. */
  card: jsonObject.optional(),
  /** Decisions with an exact copy in another group, of all that were learnt from. */
  leakage: measured.optional(),
  /** Absent from students that were trained before there were slices. */
  slices: z.array(slicePromise).optional(),
  /** Absent from models that were trained before there were providers: those were local. */
  provider: trainingProviderName.optional(),
  /** How the configuration was chosen; absent where it was given, and from before there was a search. */
  search: configurationSearch.optional(),
});
export type ModelTrained = z.infer<typeof modelTrained>;

/** How a student compares with the teacher on decisions it did not learn from. Agreement of tools and coverage count all
 *  of them, agreement of calls those whose arguments are known. */
export const agreementReport = z.object({
  decisions: z.int(),
  tool_agreement: measured,
  call_agreement: measured,
  coverage: measured,
  served_tool_agreement: measured,
  served_call_agreement: measured,
  majority_baseline: z.number().nullable(),
  /** Decisions that were posted although the version had learnt from them: they are in no figure here. Absent where that is not
   *  known, and from reports of before it was asked. */
  learnt: z.int().optional(),
});
export type AgreementReport = z.infer<typeof agreementReport>;

/** The same turns, which neither has learnt from, answered by a version and by the one that served at that moment. */
export const pairedComparison = z.object({
  /** The version that served. */
  serving: z.string(),
  turns: z.int(),
  /** Turns that only one of the two answers itself, and turns that only one of them answers wrongly. */
  served_only: z.object({ serving: z.int(), challenger: z.int() }),
  wrong_only: z.object({ serving: z.int(), challenger: z.int() }),
});
export type PairedComparison = z.infer<typeof pairedComparison>;

export const modelEvaluated = z.object({
  evaluation_id: z.string(),
  model: z.string(),
  model_version: z.string(),
  /** Where the decisions came from: cross-fitted or held-out calibration, a posted set, recent traffic. */
  source: z.string(),
  report: agreementReport,
  /** Absent where nothing served, where no turns were new to both, and from before there was a comparison. */
  comparison: pairedComparison.optional(),
});
export type ModelEvaluated = z.infer<typeof modelEvaluated>;

export const modelDeployed = z.object({
  model: z.string(),
  model_version: z.string(),
  artifact: digest,
  strategy: z.enum(['full', 'canary', 'shadow']),
  percent: z.number().min(0).max(100),
  /** Why the gate let it pass, in words. */
  reason: z.string(),
});
export type ModelDeployed = z.infer<typeof modelDeployed>;

export const modelDeploymentRefused = z.object({
  model: z.string(),
  model_version: z.string(),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
});
export const modelRolledBack = z.object({
  model: z.string(),
  from: z.string(),
  to: z.string().nullable(),
  reason: z.string(),
});

/** What is monitored apart while a version serves: all that it serves, or what it serves of a tool or to an agent. */
export const servedSlice = z.object({
  by: z.enum(['all', 'tool', 'agent']),
  /** null: all; by agent, those that the version's calibration did not know. */
  name: z.string().nullable(),
});
export type ServedSlice = z.infer<typeof servedSlice>;

/** SLICE_WITHDRAWN: audited answers refute that a slice of what a version serves is sound. Its requests go to the teacher until
 *  another version is calibrated. */
export const sliceWithdrawn = z.object({
  model: z.string(),
  model_version: z.string(),
  slice: servedSlice,
  /** The share of wrong answers that is allowed, and the estimate of what it is. */
  allowed: z.number(),
  estimate: z.number(),
  audits: z.int(),
  wrong: z.int(),
  /** The e-value, and the one from which a slice is withdrawn: G/δ. */
  evidence: z.number(),
  needed: z.number(),
  /** In words. */
  reason: z.string(),
});
export type SliceWithdrawn = z.infer<typeof sliceWithdrawn>;

export const driftDetected = z.object({
  model: z.string(),
  model_version: z.string().nullable(),
  monitor: z.string(),
  statistic: z.number(),
  critical: z.number(),
  window: z.object({ from: timestamp, to: timestamp, decisions: z.int() }),
});
export const retrainTriggered = z.object({
  model: z.string(),
  reason: z.string(),
  /** The agents concerned; absent when all are. */
  agents: z.array(z.string()).optional(),
});
