import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { guarantee, servedSlice } from '../events/learning.ts';
import { rolloutStrategy } from '../events/rollout.ts';
import { jsonObject } from '../json.ts';
import { toolList, toolsetReference } from '../tools.ts';
import { answerKind } from '../turn.ts';

/** `POST /predictions` */
export const predictionInput = z.strictObject({
  id: z.string().max(256).optional().describe('The caller’s own; returned with the answer.'),
  model: z.string().max(128).default('tool-calling').describe('Which model is asked.'),
  model_version: z
    .string()
    .max(128)
    .optional()
    .describe(
      'A version other than the one that serves, e.g. one that the gate refused. It is loaded on demand, kept for a while, and never promoted by being asked.',
    ),
  context: jsonObject.describe('What the decision is made from, in the form it is recorded in.'),
  tools_available: toolList.optional().describe('The tools offered, in full.'),
  toolset: toolsetReference.optional().describe('The tools offered, by digest or registered name.'),
  agent_id: z
    .string()
    .max(128)
    .optional()
    .describe('Who asks; a student that requires a guarantee of every slice holds this agent to it.'),
  session: z
    .string()
    .max(256)
    .optional()
    .describe(
      'The conversation it belongs to. While a version challenges what serves, one of them answers all of a session.',
    ),
  fallback: z
    .enum(['teacher', 'caller', 'none'])
    .default('teacher')
    .describe(
      'Who answers when the student should not: the teacher; a teacher that the caller asks itself, as the gateway does; or nobody. The student’s proposal is returned in each case.',
    ),
  no_tool: z
    .enum(['teacher', 'accept'])
    .default('teacher')
    .describe(
      '`teacher`: words are the teacher’s. `accept`: the caller has its own way to answer in words, and takes the student’s “no tool” for an answer; such answers are counted apart.',
    ),
});
export type PredictionInput = z.input<typeof predictionInput>;

const answeredTurn = z.object({
  tool_selected: z.string().nullable().describe('The tool of the first call; null for none.'),
  tool_parameters: jsonObject.describe('Its arguments.'),
  tool_calls: z
    .array(
      z.object({
        tool: z.string().describe('The tool to call.'),
        parameters: jsonObject.describe('Its arguments.'),
      }),
    )
    .describe('All calls of the answer, the first included; none for words.'),
  answer: answerKind.describe('What the answer is: one call, several, or words.'),
});

export const predictionView = z.object({
  id: z.string().nullable().describe('The caller’s own id; null when none was given.'),
  call: answeredTurn
    .nullable()
    .describe('The answer: the calls to make; null when the student abstained and nobody else was asked.'),
  served_by: z.enum(['student', 'teacher', 'none']).describe('Who answered.'),
  fallback_reason: z.string().nullable().describe('Why the student did not serve; null when it did.'),
  confidence: z
    .number()
    .nullable()
    .describe('Calibrated probability that the student’s proposal is the teacher’s whole answer.'),
  tool_confidence: z.number().nullable().describe('The same for the tool alone.'),
  novelty: z
    .number()
    .nullable()
    .optional()
    .describe(
      'Probability that the request is of a kind training never saw, where one in twenty is; null without a student.',
    ),
  proposal: answeredTurn.nullable().describe('What the student would have said, served or not.'),
  model_version: z.string().nullable().describe('The version that was asked; null without one.'),
  threshold: z.number().nullable().describe('From this confidence on the student serves.'),
  promise: z.string().nullable().optional().describe('The guarantee in words; null without a student.'),
});
export type PredictionView = z.infer<typeof predictionView>;

/** `POST /predictions:batch` */
export const predictionBatchInput = z.strictObject({
  predictions: z.array(predictionInput).min(1).max(1000).describe('The predictions to make, answered in order.'),
  counted: z
    .boolean()
    .default(true)
    .describe('Whether they are traffic: a measurement is not, and must not show up as teacher calls avoided.'),
  novel_share: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'Only of a measurement: the share of never-seen requests to withstand. The lowest rung for it answers, and nobody where there is none. The rung in use when absent.',
    ),
});
export const predictionBatchView = z.object({
  predictions: z.array(predictionView).describe('The answers, in order.'),
});

/** What audits say of a version, by slice; all that it serves comes first. */
const auditedSlices = z.array(
  servedSlice.extend({
    audits: z.int().describe('Answers of the slice that the teacher was asked for too.'),
    wrong: z.int().describe('Of those, the answers that were not the teacher’s.'),
    allowed: z.number().describe('The share of wrong answers that the guarantee allows.'),
    evidence: z.number().describe('The e-value against the guarantee; at 1/δ and above it is refuted.'),
    withdrawn: z.boolean().describe('Its requests go to the teacher.'),
  }),
);

/** A version that challenges what serves, as this process sees it. */
const challengingModel = z.object({
  rollout_id: z.string().describe('Names this attempt.'),
  model_version: z.string().describe('The version that challenges.'),
  strategy: rolloutStrategy.describe('Whether it answers anybody.'),
  percent: z.number().describe('Its share of the sessions, in percent.'),
  agents: z.array(z.string()).nullable().describe('Only sessions of these agents; null: of all.'),
  requests: z.int().describe('Requests that it was asked since this process loaded it.'),
  serves: z.int().describe('Of those, the ones that it answers, or would, under its guarantee.'),
  failed: z.int().describe('Of those, the ones at which it failed.'),
  slow: z.int().describe('Of those, the ones that took too long.'),
  same: z.int().nullable().describe('Of a shadow: its answers that are also what was served; null of a canary.'),
  audits: auditedSlices.describe('What audits say of it, by slice; all that it serves comes first.'),
});

/** What inference has loaded now. */
export const servingModel = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().describe('The version that serves.'),
  loaded_at: z.string().describe('When this process loaded it.'),
  guarantee: guarantee.describe('What it guarantees.'),
  promise: z.string().optional().describe('The guarantee in words.'),
  traffic: z
    .object({
      rung: z
        .number()
        .nullable()
        .describe('The share of never-seen requests that serving withstands now; null: the teacher answers.'),
      requests: z.int().describe('Requests in the window.'),
      above: z.int().describe('Of those, the ones above the cut of the novelty score.'),
      evidence: z
        .number()
        .nullable()
        .describe('That requests no longer look like calibration: it began at 1; null where the version cannot tell.'),
      changed: z.boolean().describe('Whether the evidence ever reached 1/δ.'),
    })
    .optional()
    .describe('What its requests are like.'),
  audits: auditedSlices.optional().describe('What audits say of it, by slice; all that it serves comes first.'),
  challenger: challengingModel.nullable().optional().describe('null when no version challenges it.'),
});
export const servingView = z.object({ data: z.array(servingModel).describe('The models that serve.') });

/** Who answered how often, a row per day and model: what `cost_analysis` is made of. */
export const predictionUsage = z.object({
  day: z.string().describe('The day (UTC).'),
  model: z.string().describe('The model.'),
  student_calls: z.int().describe('Answers that the student served.'),
  teacher_calls: z.int().describe('Answers that the teacher was asked for.'),
  abstentions: z.int().describe('Requests that nobody answered.'),
  no_tool_answers: z
    .int()
    .default(0)
    .describe(
      'Requests that the student answered with no tool, of callers that accept it: they spare no teacher call.',
    ),
  student_seconds: z.number().describe('Processor seconds that the student took.'),
  teacher_prompt_tokens: z.int().describe('Tokens that the teacher read.'),
  teacher_completion_tokens: z.int().describe('Tokens that the teacher wrote.'),
  caller_teacher_calls: z
    .int()
    .default(0)
    .describe('Requests that callers took to a teacher of their own; its tokens are in the decisions.'),
  audits: z.int().default(0).describe('Served answers that the teacher was asked for too.'),
  audit_prompt_tokens: z.int().default(0).describe('Tokens that the teacher read for audits.'),
  audit_completion_tokens: z.int().default(0).describe('Tokens that the teacher wrote for audits.'),
});
export const predictionUsageView = z.object({
  data: z.array(predictionUsage).describe('A row per day and model, the newest first.'),
});

const predicts = { owner: 'inference', method: 'POST', scope: 'predictions:read' } as const;
const reads = { owner: 'inference', method: 'GET', scope: 'models:read' } as const;
const refused = ['predictions.tools-invalid', 'predictions.toolset-unknown', 'model.unknown-version'] as const;

export const predict = endpoint({
  ...predicts,
  id: 'predict',
  path: '/api/v1/predictions',
  summary: 'The calls to make: the student’s where its guarantee holds, else the teacher’s',
  body: predictionInput,
  response: { 200: predictionView },
  errors: [...refused, 'predictions.teacher-unavailable'],
});

export const predictBatch = endpoint({
  ...predicts,
  id: 'predictBatch',
  path: '/api/v1/predictions:batch',
  summary: 'Many predictions, answered in order',
  body: predictionBatchInput,
  response: { 200: predictionBatchView },
  errors: refused,
});

export const getServing = endpoint({
  ...reads,
  id: 'getServing',
  path: '/api/v1/serving',
  summary: 'What is loaded and serves',
  response: { 200: servingView },
  errors: [],
});

export const getPredictionUsage = endpoint({
  ...reads,
  id: 'getPredictionUsage',
  path: '/api/v1/predictions/usage',
  summary: 'Who answered how often, day by day (UTC), the newest first',
  query: z.strictObject({
    from: z.iso.date().optional().describe('The first day.'),
    to: z.iso.date().optional().describe('The last day.'),
  }),
  response: { 200: predictionUsageView },
  errors: [],
});

export const inferenceEndpoints = [predict, predictBatch, getServing, getPredictionUsage] as const;
