import { z } from 'zod';
import { digest, jsonObject, timestamp } from '../json.ts';

/** A rate with what it was made of; `value` is null when nothing was counted. */
export const measured = z.object({
  value: z.number().nullable().describe('The rate; null when nothing was counted.'),
  numerator: z.number().describe('What was counted.'),
  denominator: z.number().describe('Of how many.'),
  interval: z.tuple([z.number(), z.number()]).optional().describe('A 95% interval where one was computed.'),
});
export type Measured = z.infer<typeof measured>;

/** `policy`: made by the platform's own recipe of all decisions, so that its students may serve by themselves.
 *  `experiment`: a filter, a budget or another parameter was given; what is learnt from it serves only when somebody
 *  approves it. */
export const datasetPurpose = z.enum(['policy', 'experiment']);
export type DatasetPurpose = z.infer<typeof datasetPurpose>;

export const trainingDataCurated = z.object({
  run_id: z.string().describe('The run that made it.'),
  product: z.string().describe('The data product.'),
  dataset_version: z.string().describe('The version of the data set.'),
  digest: digest.describe('The digest of the rows.'),
  log_position: z.string().describe('The last position of the event log this version saw.'),
  rows: z.int().nonnegative().describe('How many rows it has.'),
  considered: z.int().nonnegative().describe('Decisions that were considered.'),
  duplicates: z.int().nonnegative().describe('Decisions that another one stands for.'),
  conflicts: z.int().nonnegative().describe('Nearly identical contexts with different turns.'),
  rejected: z.record(z.string(), z.int()).describe('Decisions that did not become rows, by reason.'),
  deduplication_rate: z.number().describe('The share of the decisions that were duplicates.'),
  quality: z.record(z.string(), measured).describe('Figures of quality, by name.'),
  purpose: datasetPurpose
    .optional()
    .describe('Absent from data that were curated before there were experiments: those are the policy’s.'),
  manifest: digest
    .optional()
    .describe(
      'The artifact with the recipe and the log positions it selected; absent from versions of earlier releases.',
    ),
  rejections: digest
    .optional()
    .describe('The artifact that says why a decision is not in it: NDJSON, by decision id; absent as `manifest` is.'),
  erased: z
    .object({
      from: z.string().describe('The version that it stands for.'),
      erasure_id: z.string().describe('The erasure.'),
      rows: z.int().describe('Rows that are not in it any more.'),
    })
    .optional()
    .describe(
      'Of a version that was left when a subject was erased; its other figures are those of the version before.',
    ),
});
export type TrainingDataCurated = z.infer<typeof trainingDataCurated>;

export const promptsOptimized = z.object({
  run_id: z.string().describe('The run that made it.'),
  prompt: z.string().describe('The prompt.'),
  prompt_version: z.int().positive().describe('The version that was made.'),
  optimizer: z.string().describe('How it was searched for.'),
  score: measured.describe('How the prompt does on decisions held out.'),
  baseline: measured.describe('How the prompt before did on the same decisions.'),
  teacher_calls: z.int().nonnegative().describe('Calls of the teacher that were spent.'),
});
export type PromptsOptimized = z.infer<typeof promptsOptimized>;

/** What a threshold guarantees, in numbers: at least `target` agreement among what the student serves, at `confidence`. */
export const guarantee = z.object({
  kind: z
    .enum(['ltt', 'ltt-cross-fitted', 'none'])
    .describe('How the threshold was chosen: learn-then-test, the same over cross-fitted scores, or none.'),
  target: z.number().describe('The share of what is served that agrees at least.'),
  confidence: z.number().describe('How sure that is, 0 to 1.'),
  threshold: z.number().nullable().describe('null: no threshold could be guaranteed, everything goes to the teacher.'),
  share: z
    .number()
    .optional()
    .describe(
      'ρ: it holds while at most this share of the requests is of a kind never seen; absent where nothing was assumed of them.',
    ),
});
export type Guarantee = z.infer<typeof guarantee>;

/** How a tool, or an agent, fares at the threshold that serves, and whether it keeps the guarantee by itself. */
export const sliceGuarantee = z.object({
  by: z.enum(['tool', 'agent']).describe('What the slice is cut by.'),
  name: z.string().nullable().describe('null: the proposal to call no tool.'),
  call_agreement: measured.describe(
    'Of its decisions that chose the threshold, the whole calls that were the teacher’s.',
  ),
  served_call_agreement: measured.describe('Of those that would be served.'),
  threshold: z
    .number()
    .nullable()
    .describe('From here on it keeps the guarantee by itself; null: it does not, or has too few decisions to show it.'),
  promised: z.boolean().describe('What is served of it is covered by a guarantee of its own.'),
  withheld: z.boolean().describe('Below the floor: its calls are left to the teacher.'),
});
export type SliceGuarantee = z.infer<typeof sliceGuarantee>;

/** Who made a model: our own trainer in a thread of the platform or in a Kubernetes Job, or an OpenAI-compatible endpoint
 *  that fine-tunes one of its own. */
export const trainingProviderName = z.enum(['local', 'kubernetes', 'openai']);
export type TrainingProviderName = z.infer<typeof trainingProviderName>;

/** Configurations that were compared by cross-validation before training. */
export const configurationSearch = z.object({
  chosen: jsonObject.describe('The configuration that won.'),
  why: z.string().describe('Why it won.'),
  decisions: z.int().describe('Decisions that they were compared on.'),
  tried: z
    .array(
      z.object({
        configuration: jsonObject.describe('The training configuration.'),
        tool_agreement: z.number().nullable().describe('Tools that were the teacher’s, as a share.'),
        call_agreement: z.number().nullable().describe('Whole calls that were the teacher’s, as a share.'),
        seconds: z.number().describe('How long it took.'),
      }),
    )
    .describe('Every configuration that was compared.'),
  left: z.int().describe('Candidates that the time did not reach.'),
});
export type ConfigurationSearch = z.infer<typeof configurationSearch>;

export const modelTrained = z.object({
  run_id: z.string().describe('The run that made it.'),
  model: z.string().describe('The model.'),
  model_version: z.string().describe('Its version.'),
  artifact: digest.describe('The student, by digest.'),
  artifact_bytes: z.int().describe('How large the student is.'),
  dataset_version: z.string().describe('The version of the data set.'),
  dataset_digest: digest.describe('The digest of the rows it learnt from.'),
  rows: z.int().describe('How many rows it has.'),
  tools: z.int().describe('How many tools there are.'),
  train_seconds: z.number().describe('How long training took.'),
  guarantee: guarantee.describe('What the threshold guarantees.'),
  configuration: jsonObject.describe('The training configuration.'),
  card: jsonObject.optional().describe('The student’s own card, as its artifact carries it.'),
  leakage: measured.optional().describe('Decisions with an exact copy in another group, of all that were learnt from.'),
  attempt: z
    .int()
    .optional()
    .describe(
      'k: so often was this model’s guarantee asked of calibration turns, this time included. The k-th is tested at δ_k = 6δ/(π²k²). Absent from models that were trained before attempts were counted.',
    ),
  held_out: digest
    .optional()
    .describe(
      'The artifact with what the student did with each turn that it had not learnt from, NDJSON; absent from models of hosts and of earlier releases.',
    ),
  slices: z
    .array(sliceGuarantee)
    .optional()
    .describe('Absent from students that were trained before there were slices.'),
  provider: trainingProviderName
    .optional()
    .describe('Absent from models that were trained before there were providers: those were local.'),
  search: configurationSearch
    .optional()
    .describe('How the configuration was chosen; absent where it was given, and from before there was a search.'),
});
export type ModelTrained = z.infer<typeof modelTrained>;

export const modelDeployed = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().describe('Its version.'),
  artifact: digest.describe('The student, by digest.'),
  strategy: z.enum(['full', 'canary', 'shadow']).describe('How it goes live.'),
  percent: z.number().min(0).max(100).describe('The share of the traffic it gets.'),
  reason: z.string().describe('Why the gate let it pass, in words.'),
});
export type ModelDeployed = z.infer<typeof modelDeployed>;

export const modelDeploymentRefused = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().describe('Its version.'),
  reasons: z
    .array(
      z.object({
        code: z.string().describe('The code of the reason.'),
        message: z.string().describe('The reason in words.'),
      }),
    )
    .describe('Why it was refused.'),
});
export const modelRolledBack = z.object({
  model: z.string().describe('The model.'),
  from: z.string().describe('The version that served.'),
  to: z.string().nullable().describe('The version that serves now; null: none.'),
  reason: z.string().describe('Why.'),
});

/** What is monitored apart while a version serves: all that it serves, or what it serves of a tool or to an agent. */
export const servedSlice = z.object({
  by: z.enum(['all', 'tool', 'agent']).describe('What the slice is cut by.'),
  name: z.string().nullable().describe('null: all; by agent, those that the version’s calibration did not know.'),
});
export type ServedSlice = z.infer<typeof servedSlice>;

/** SLICE_WITHDRAWN: audited answers refute that a slice of what a version serves is sound. Its requests go to the teacher until
 *  another version is calibrated. */
export const sliceWithdrawn = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().describe('Its version.'),
  slice: servedSlice.describe('The slice that the student no longer serves.'),
  allowed: z.number().describe('The share of wrong answers that is allowed, and the estimate of what it is.'),
  estimate: z.number().describe('The estimated share of wrong answers.'),
  audits: z.int().describe('Answers that were audited.'),
  wrong: z.int().describe('Of those, the ones that were not the teacher’s.'),
  evidence: z.number().describe('The e-value, and the one from which a slice is withdrawn: G/δ.'),
  needed: z.number().describe('The share that the slice has to keep.'),
  reason: z.string().describe('In words.'),
});
export type SliceWithdrawn = z.infer<typeof sliceWithdrawn>;

/** SERVING_RUNG_CHANGED: the share of never-seen requests in the traffic of a version, told from novelty scores alone, asks for
 *  another rung of its ladder. */
export const servingRungChanged = z.object({
  model: z.string(),
  model_version: z.string(),
  /** Whose requests: those with one key; null: with all keys. Absent from events before keys were told apart. */
  key_id: z.string().nullable().default(null),
  /** The agent that the key asked for; null: any. */
  agent: z.string().nullable(),
  /** Shares that the rungs withstand; null: none of the ladder is enough, and the teacher answers. */
  from: z.number().nullable(),
  to: z.number().nullable(),
  /** Requests in the window, and those of them above the cut of the novelty score. */
  requests: z.int(),
  above: z.int(),
  /** The estimated share, null where the score tells nothing, and its upper confidence bound. */
  share: z.number().nullable(),
  upper: z.number(),
});
export type ServingRungChanged = z.infer<typeof servingRungChanged>;

/** REQUESTS_CHANGED: a conformal test martingale over novelty scores says that the requests to a version no longer look like those
 *  it was calibrated on. Without a change that happens, at any time, with probability 1/critical at most. */
export const requestsChanged = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().describe('The version.'),
  requests: z.int().describe('Requests that were compared.'),
  evidence: z.number().describe('The capital of the martingale, which began at 1.'),
  critical: z.number().describe('From here on the requests count as changed: 1/δ.'),
});
export type RequestsChanged = z.infer<typeof requestsChanged>;

export const driftDetected = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().nullable().describe('Its version.'),
  monitor: z.string().describe('What noticed it.'),
  statistic: z.number().describe('What the monitor measured.'),
  critical: z.number().describe('From here on it counts as drift.'),
  window: z
    .object({
      from: timestamp.describe('The first moment of the window.'),
      to: timestamp.describe('Its last moment.'),
      decisions: z.int().describe('How many decisions it holds.'),
    })
    .describe('The decisions it was measured on.'),
});
export const retrainTriggered = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().optional().describe('The version that gave rise to it; absent from earlier events.'),
  reason: z.string().describe('Why.'),
  agents: z.array(z.string()).optional().describe('The agents concerned; absent when all are.'),
});

/** TEACHER_ASKED: decisions that the teacher was asked for because a data set did not suffice. */
export const teacherAsked = z.object({
  model: z.string().describe('The model.'),
  dataset_version: z.string().describe('The data set that did not suffice.'),
  asked: z.int().nonnegative().describe('How many decisions the teacher was asked for.'),
  answered: z.int().nonnegative().describe('How many of them it made.'),
  curation_run: z.string().nullable().describe('The curation that takes the answers in; null when there were none.'),
});
