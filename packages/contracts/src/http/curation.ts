import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { datasetPurpose, measured, trainingDataCurated } from '../events/learning.ts';
import { digest, timestamp } from '../json.ts';
import { toolsetForm } from './decision-history.ts';
import { decisionView } from './decisions.ts';
import { page, paging } from './paging.ts';
import { run, runEndpoints, runParams } from './runs.ts';

/** `POST /curation-runs`. Without parameters it makes the policy's data set; with any but `seed` it makes an experiment,
 *  whose students serve only when somebody approves them. */
export const curationRunInput = z.strictObject({
  agents: z.array(z.string()).min(1).optional().describe('Only these agents’ decisions; all when absent.'),
  epsilon: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('SemDeDup’s ε: two decisions with the same turn are duplicates above a cosine of 1 − ε.'),
  keep_ratio: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('Share of the decisions to keep in deduplication, instead of ε.'),
  budget: z.int().positive().optional().describe('Rows to select by CaR; all that survive deduplication when absent.'),
  seed: z.int().nonnegative().optional().describe('Where randomness begins; the same seed gives the same data set.'),
});
export type CurationRunInput = z.infer<typeof curationRunInput>;

export const curationRun = run.extend({
  parameters: curationRunInput.strip().describe('What the run was asked for.'),
  result: trainingDataCurated.nullable().describe('What was published; null until the run succeeded.'),
});
export type CurationRun = z.infer<typeof curationRun>;

/** `POST /decisions:replay`: make the training data of a past moment again. */
export const decisionReplayInput = z.strictObject({
  as_of: timestamp.optional().describe('Only what had happened by then.'),
  recorded_as_of: timestamp
    .optional()
    .describe('What was known by then; the moment of `as_of` when absent, now when that is absent too.'),
  dataset_version: z
    .string()
    .max(256)
    .optional()
    .describe('Replay this version instead of the one that was the newest at that moment.'),
});
export type DecisionReplayInput = z.infer<typeof decisionReplayInput>;

export const decisionReplayResult = z.object({
  digest: digest.describe('The digest of the rows that were made.'),
  rows: z.int().describe('How many rows were made.'),
  considered: z.int().describe('How many decisions were considered.'),
  log_position: z.string().describe('Where in the log the replay ended.'),
  manifest: digest.describe('The artifact with the recipe and the selected log positions.'),
  published: z
    .object({
      dataset_version: z.string().describe('The version.'),
      digest: digest.describe('The digest of its rows.'),
      log_position: z.string().describe('Where in the log it ended.'),
      published_at: z.string().describe('When the log learnt of it.'),
    })
    .nullable()
    .describe('The version whose recipe and log position were replayed; null when none had been published by then.'),
  equal: z
    .boolean()
    .nullable()
    .describe('Whether the replay’s digest is the published one; null without a published version.'),
  shredded: z
    .int()
    .optional()
    .describe(
      'Decisions of the tenant that nobody can read any more, and that are in no replay; absent from earlier ones.',
    ),
});
export type DecisionReplayResult = z.infer<typeof decisionReplayResult>;

export const decisionReplay = run.extend({
  parameters: decisionReplayInput.strip().describe('What the replay was asked for.'),
  result: decisionReplayResult.nullable().describe('What was made; null until the replay succeeded.'),
});
export type DecisionReplay = z.infer<typeof decisionReplay>;

/** Why a decision is not in the data set: a rejection has a reason and, for a duplicate, its keeper. */
export const curationRejection = z.object({
  decision_id: z.string().describe('The decision that did not become a row.'),
  reason: z.enum(['duplicate', 'failed', 'schema-invalid', 'empty', 'student-decided', 'over-budget']).describe('Why.'),
  keeper: z.string().nullable().describe('The decision that stands for a duplicate; null for other reasons.'),
});

/** One row of `distillation_training_data`. */
export const trainingRow = decisionView.extend({
  quality: z.number().nullable().describe('CaR’s score; null where it was not computed.'),
  weight: z.number().positive().describe('How many decisions the row stands for.'),
  calibrates: z
    .boolean()
    .optional()
    .describe('false: it does not represent the traffic, so it teaches and no guarantee is calibrated on it.'),
});
export type TrainingRow = z.infer<typeof trainingRow>;

export const datasetView = z.object({
  dataset_version: z.string().describe('The version.'),
  digest: digest.describe('The digest of its rows.'),
  purpose: datasetPurpose
    .default('policy')
    .describe('`policy` when a run without parameters made this content, `experiment` when only others did.'),
  created_at: z.string().describe('When the version was made.'),
  rows: z.int().describe('How many rows it has.'),
  log_position: z.string().describe('Where in the log it ended.'),
  manifest: digest.describe('The artifact that holds the recipe and the selected log positions.'),
  succeeded_by: z
    .string()
    .optional()
    .describe('The version that is left of it since a subject was erased; its own rows are not given any more.'),
  summary: trainingDataCurated.describe('What was published.'),
  quality: z.record(z.string(), measured).describe('Figures of quality, by name.'),
});
export type DatasetView = z.infer<typeof datasetView>;

export const curationRuns = runEndpoints('/api/v1/curation-runs', {
  owner: 'curation',
  area: 'curation',
  scope: 'curation:run',
  name: 'CurationRun',
  noun: 'curation run',
  view: curationRun,
  create: {
    id: 'startCurationRun',
    summary: 'Curate the decision history into a version of distillation_training_data',
    body: curationRunInput,
    errors: ['curation.epsilon-or-ratio'],
  },
});

export const decisionReplays = runEndpoints('/api/v1/decision-replays', {
  owner: 'curation',
  area: 'curation',
  scope: 'curation:run',
  name: 'DecisionReplay',
  noun: 'replay',
  view: decisionReplay,
  create: {
    id: 'replayDecisions',
    path: '/api/v1/decisions:replay',
    summary: 'Make the training data of a past moment again and compare it with what was published then',
    body: decisionReplayInput,
    errors: ['curation.dataset-unknown'],
  },
});

export const listCurationRejections = endpoint({
  id: 'listCurationRejections',
  owner: 'curation',
  method: 'GET',
  path: '/api/v1/curation-runs/{run_id}/rejections',
  scope: 'curation:run',
  summary: 'Why decisions are not in the data set of a run',
  params: runParams,
  query: z.strictObject({
    ...paging,
    reason: curationRejection.shape.reason.optional().describe('Only decisions that were rejected for this reason.'),
    decision_id: z.string().max(256).optional().describe('Only this decision.'),
  }),
  response: { 200: page(curationRejection) },
  errors: ['curation.no-such-run', 'curation.cursor-invalid', 'curation.cursor-mismatch'],
});

const datasetParams = z.strictObject({ version: z.string().describe('The version of distillation_training_data.') });
const products = { owner: 'curation', scope: 'products:read', method: 'GET' } as const;

export const listDatasets = endpoint({
  ...products,
  id: 'listDatasets',
  path: '/api/v1/datasets',
  summary: 'Versions of distillation_training_data, the newest first',
  query: z.strictObject({ ...paging, purpose: datasetPurpose.optional().describe('Only versions for this.') }),
  response: { 200: page(datasetView) },
  errors: ['curation.cursor-invalid', 'curation.cursor-mismatch'],
});

export const getDataset = endpoint({
  ...products,
  id: 'getDataset',
  path: '/api/v1/datasets/{version}',
  summary: 'One version of distillation_training_data; ETag is its digest',
  params: datasetParams,
  response: { 200: datasetView, 304: null },
  errors: ['curation.dataset-unknown'],
});

export const listDatasetRows = endpoint({
  ...products,
  id: 'listDatasetRows',
  path: '/api/v1/datasets/{version}/rows',
  audited: { lines: 'datasets.export' },
  summary: 'Rows in the order of the log: a page, or as NDJSON all of them',
  params: datasetParams,
  query: z.strictObject({
    ...paging,
    toolsets: toolsetForm.default('expand').describe('Whether the tools offered stand with each row.'),
    recorded_as_of: timestamp.optional().describe('Outcomes as they were known then.'),
  }),
  response: { 200: { json: page(trainingRow), lines: trainingRow } },
  errors: [
    'curation.dataset-unknown',
    'curation.cursor-invalid',
    'curation.cursor-mismatch',
    'curation.row-missing',
    'curation.dataset-erased',
    'curation.dataset-being-erased',
    'curation.dataset-expired',
    'curation.not-recorded-yet',
    'curation.digest-mismatch',
  ],
});

export const curationEndpoints = [
  ...Object.values(curationRuns),
  ...Object.values(decisionReplays),
  listCurationRejections,
  listDatasets,
  getDataset,
  listDatasetRows,
] as const;
