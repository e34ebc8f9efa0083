import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { agreementReport } from '../events/evaluation.ts';
import { configurationSearch, guarantee, measured, sliceGuarantee, trainingProviderName } from '../events/learning.ts';
import { digest, jsonObject, slug } from '../json.ts';
import { page } from './paging.ts';
import { run, runEndpoints } from './runs.ts';
import { ladderFigures, noveltyFigures } from './student-card.ts';

/** `POST /training-runs` */
export const trainingRunInput = z.strictObject({
  model: slug.default('tool-calling').describe('The model to make a version of.'),
  dataset_version: z
    .string()
    .max(256)
    .optional()
    .describe('What to learn from; the newest version of the policy when absent.'),
  target: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('The share of whole answers that is guaranteed to be the teacher’s among what the student serves.'),
  confidence: z.number().gt(0.5).lt(1).optional().describe('The confidence of the guarantee.'),
  seed: z.int().nonnegative().optional().describe('Where randomness begins; the same seed gives the same student.'),
  configuration: jsonObject
    .optional()
    .describe('Settings of the trainer; its own defaults where absent.')
    .meta({ examples: [{ epochs: 30 }] }),
  search: z
    .strictObject({
      candidates: z.int().min(2).max(32).default(4).describe('How many configurations are compared.'),
      seconds: z.number().positive().max(86_400).default(120).describe('How long they may be compared.'),
    })
    .optional()
    .describe('Compare configurations, the given one first, by cross-validation, and train with the best.'),
  slices: z
    .enum(['reported', 'required'])
    .optional()
    .describe(
      '`reported`: the card says which tools and agents keep the guarantee by themselves. `required`: only those are served.',
    ),
  provider: trainingProviderName.optional().describe('Who trains; what the platform is set up with when absent.'),
  deploy: z
    .boolean()
    .optional()
    .describe(
      'Deploy when the gate holds. When absent, a student of the policy’s data set is, one of an experiment is not. `true` with an experiment needs a key with `models:approve`.',
    ),
});
export type TrainingRunInput = z.input<typeof trainingRunInput>;

export const gateReason = z.object({
  code: z.string().describe('A rule of the gate.'),
  message: z.string().describe('What it found.'),
});

export const trainingRun = run.extend({
  model: z.string().describe('The model.'),
  dataset_version: z.string().nullable().describe('What was learnt from; null before it is known.'),
  model_version: z.string().nullable().describe('The version that was made; null before.'),
  deployed: z.boolean().nullable().describe('Whether it serves; null before that is decided.'),
  provider: trainingProviderName.describe('Who trains.'),
  remote_job: z
    .string()
    .nullable()
    .describe('What the work is called at the provider (a Kubernetes Job, a fine-tuning job); null where we do it.'),
  search: configurationSearch
    .nullable()
    .describe('How the configuration was chosen; null when it was given, or is not chosen yet.'),
  refused: z.array(gateReason).describe('Why the gate refused; empty when it held or was not reached.'),
});
export type TrainingRun = z.infer<typeof trainingRun>;

export const modelStage = z.enum(['trained', 'refused', 'challenger', 'serving', 'retired']);
const versionIdentity = {
  model: z.string().describe('The model.'),
  model_version: z.string().describe('The version.'),
  stage: modelStage.describe('Where the version stands.'),
  created_at: z.string().describe('When it was trained.'),
  artifact: digest.describe('The student’s file.'),
};
const ownCard = jsonObject.describe('The student’s own card, as its artifact carries it.');

export const modelVersionView = z.object({
  ...versionIdentity,
  artifact_bytes: z.int().describe('The size of the file.'),
  dataset_version: z.string().describe('What it learnt from.'),
  dataset_digest: digest.describe('The digest of those rows.'),
  rows: z.int().describe('How many rows they are.'),
  tools: z.int().describe('How many tools it knows.'),
  train_seconds: z.number().describe('How long training took.'),
  guarantee: guarantee.describe('What it guarantees.'),
  attempt: z
    .int()
    .optional()
    .describe('How often the model’s guarantee was asked of calibration turns; absent where that was not counted.'),
  promise: z.string().optional().describe('The guarantee in words.'),
  slices: z
    .array(sliceGuarantee)
    .optional()
    .describe('What tools and agents keep by themselves; absent where that was not measured.'),
  evaluation: agreementReport.nullable().describe('How it compares with the teacher; null before it was measured.'),
  provider: trainingProviderName.optional().describe('Who trained it.'),
  configuration: jsonObject.optional().describe('The settings of the trainer.'),
  search: configurationSearch.optional().describe('How they were chosen; absent where they were given.'),
  card: ownCard,
  erasures: z
    .array(z.string())
    .optional()
    .describe('Erasures of subjects that it learnt from, and still may know; absent where there were none.'),
});
export type ModelVersionView = z.infer<typeof modelVersionView>;

/** What somebody should know before they rely on a version. */
export const modelCard = z.object({
  ...versionIdentity,
  intended_use: z.string().describe('What it is for.'),
  data: z
    .object({
      dataset_version: z.string().describe('What it learnt from.'),
      dataset_digest: digest.describe('The digest of those rows.'),
      rows: z.int().describe('How many rows they are.'),
      tools: z.int().describe('How many tools they call.'),
      leakage: measured
        .nullable()
        .describe('Decisions with an exact copy in another group; null where it was not counted.'),
    })
    .describe('What it learnt from.'),
  promise: z.string().describe('The guarantee in words.'),
  guarantee: guarantee.describe('What it guarantees.'),
  attempt: z
    .int()
    .nullable()
    .describe('How often the model’s guarantee was asked of calibration turns, this time included; null: not counted.'),
  ladder: ladderFigures
    .nullable()
    .describe('Thresholds for more or fewer never-seen requests in the traffic; null where it has none.'),
  novelty: noveltyFigures
    .nullable()
    .describe('How never-seen requests are told from known ones; null where they are not.'),
  slices: z
    .array(sliceGuarantee)
    .describe('What tools and agents keep by themselves; empty where that was not measured.'),
  figures: agreementReport
    .extend({ source: z.string().describe('Where the decisions came from.') })
    .nullable()
    .describe('Of decisions it did not learn from; null when nothing was measured.'),
  tool_floor: z.number().describe('No tool is served that agrees in clearly less than this share.'),
  tool_floors: z
    .array(
      z.object({
        tool: z.string().nullable().describe('The tool; null for the proposal to call none.'),
        floor: z.number().describe('Its floor.'),
        served_call_agreement: measured.describe('Of its answers that would be served, those that are the teacher’s.'),
        promised: z.boolean().describe('It keeps the guarantee by itself.'),
        withheld: z.boolean().describe('It is below its floor and left to the teacher.'),
      }),
    )
    .describe('How each tool fares.'),
  limits: z.array(z.string()).describe('Where it must not be relied upon.'),
  training: z
    .object({
      provider: trainingProviderName.describe('Who trained it.'),
      configuration: jsonObject.describe('The settings of the trainer.'),
      search: configurationSearch.nullable().describe('How they were chosen; null where they were given.'),
      seconds: z.number().describe('How long training took.'),
      run_id: z.string().describe('The run that made it.'),
    })
    .describe('How it was made.'),
  stages: z
    .array(
      z.object({
        stage: z.enum(['trained', 'evaluated', 'refused', 'challenger', 'serving', 'retired']).describe('The stage.'),
        at: z.string().describe('When it was reached.'),
        reason: z.string().nullable().describe('Why; null where nothing is to be said.'),
      }),
    )
    .describe('Every stage it went through, the first first.'),
  card: ownCard,
});
export type ModelCard = z.infer<typeof modelCard>;

export const modelView = z.object({
  model: z.string().describe('The model.'),
  serving: z.string().nullable().describe('The version that serves; null when none does.'),
  challenger: z
    .string()
    .nullable()
    .optional()
    .describe('The version that challenges it; null when none does. Absent from answers of earlier releases.'),
  versions: z.int().describe('How many versions it has.'),
});

export const trainingRuns = runEndpoints('/api/v1/training-runs', {
  owner: 'training-orchestration',
  area: 'training',
  scope: 'training:run',
  readScope: 'models:read',
  name: 'TrainingRun',
  noun: 'training run',
  view: trainingRun,
  create: {
    id: 'startTraining',
    summary: 'Train a student on a version of the training data',
    body: trainingRunInput,
    errors: ['training.approval-needed', 'student.configuration-invalid', 'training.configuration-invalid'],
  },
});

const modelParams = z.strictObject({ model: z.string().describe('The model.') });
const versionParams = modelParams.extend({ version: z.string().describe('The version.') });
const reads = { owner: 'training-orchestration', method: 'GET', scope: 'models:read' } as const;

export const listModels = endpoint({
  ...reads,
  id: 'listModels',
  path: '/api/v1/models',
  summary: 'The models of the tenant',
  response: { 200: page(modelView) },
  errors: [],
});

export const getModel = endpoint({
  ...reads,
  id: 'getModel',
  path: '/api/v1/models/{model}',
  summary: 'A model with its versions, the newest first',
  params: modelParams,
  response: {
    200: modelView.extend({ data: z.array(modelVersionView).describe('Its versions, the newest first.') }),
  },
  errors: ['model.unknown'],
});

export const getModelVersion = endpoint({
  ...reads,
  id: 'getModelVersion',
  path: '/api/v1/models/{model}/versions/{version}',
  summary: 'A version of a model',
  params: versionParams,
  response: { 200: modelVersionView },
  errors: ['model.unknown', 'model.unknown-version'],
});

export const getModelCard = endpoint({
  ...reads,
  id: 'getModelCard',
  path: '/api/v1/models/{model}/versions/{version}/card',
  summary: 'What a version is for, what it learnt from, what it guarantees, how it was measured, where its limits are',
  params: versionParams,
  response: { 200: modelCard },
  errors: ['model.unknown', 'model.unknown-version'],
});

export const getModelArtifact = endpoint({
  ...reads,
  id: 'getModelArtifact',
  path: '/api/v1/models/{model}/versions/{version}/artifact',
  summary: 'The student itself: one self-contained file; ETag is its digest',
  params: versionParams,
  response: { 200: { bytes: ['application/octet-stream'] }, 304: null },
  errors: ['model.unknown', 'model.unknown-version'],
});

export const modelEndpoints = [
  ...Object.values(trainingRuns),
  listModels,
  getModel,
  getModelVersion,
  getModelCard,
  getModelArtifact,
] as const;
