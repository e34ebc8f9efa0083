import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { agreementReport } from '../events/evaluation.ts';
import { jsonObject } from '../json.ts';
import { toolCalls } from '../turn.ts';
import { decisionInput } from './decisions.ts';
import { page, paging } from './paging.ts';
import { run, runEndpoints, runParams } from './runs.ts';

const about = {
  model: z.string().max(128).default('tool-calling').describe('The model.'),
  model_version: z.string().max(128).optional().describe('The version to compare; the one that serves when absent.'),
  source: z.string().max(128).default('posted').describe('Where the decisions come from, in a word.'),
};

/** `POST /evaluations`: labelled decisions that the model has not learnt from. Also as NDJSON, a decision a line, with
 *  `model`, `model_version` and `source` in the query. */
export const evaluationInput = z.strictObject({
  ...about,
  decisions: z.array(decisionInput).min(1).max(10_000).describe('The teacher’s decisions.'),
});
export const evaluationQuery = z.strictObject(about);

export const verdict = z.enum(['same-call', 'same-tool', 'other-tool']);

export const evaluationSample = z.object({
  index: z.int().describe('The place of the decision in what was posted, from 0.'),
  id: z.string().describe('The id of the decision.'),
  verdict: verdict.describe('How the student’s answer compares with the teacher’s.'),
  teacher: z
    .object({
      tool_selected: z.string().nullable().describe('The tool the teacher called; null for none.'),
      tool_parameters: jsonObject
        .nullable()
        .describe('Its arguments; null where they are not known: then only the tool is compared.'),
      tool_calls: toolCalls
        .optional()
        .describe('All calls of its answer; absent from comparisons of earlier releases, which knew one.'),
    })
    .describe('What the teacher answered.'),
  student: z
    .object({
      tool_selected: z.string().nullable().describe('The tool the student proposed; null for none.'),
      tool_parameters: jsonObject.describe('Its arguments.'),
      tool_calls: toolCalls.optional().describe('All calls that it proposed; absent as with the teacher.'),
    })
    .nullable()
    .describe('What the student proposed; null when it had nothing to say.'),
  confidence: z.number().nullable().describe('The student’s confidence.'),
  served_by: z.enum(['student', 'teacher']).describe('Who would have answered.'),
  novelty: z
    .number()
    .optional()
    .describe('Probability that the request is of a kind training never saw; absent where the version does not say.'),
  rung: z
    .number()
    .nullable()
    .optional()
    .describe(
      'The share of never-seen requests that was withstood, told from the requests before, as in serving; null: more than any rung does. Absent where the version has no ladder.',
    ),
  learnt: z
    .boolean()
    .optional()
    .describe(
      'The version learnt from this decision, or was calibrated on it: it counts in no figure. Absent where that is not known.',
    ),
});
export type EvaluationSample = z.infer<typeof evaluationSample>;

export const evaluationRun = run.extend({
  model: z.string().describe('The model.'),
  model_version: z.string().nullable().describe('The version that is compared; null before it is known.'),
  source: z.string().describe('Where the decisions come from.'),
  report: agreementReport.nullable().describe('How the version compares; null before the end.'),
  predictions_per_second: z.number().nullable().describe('How fast it answered.'),
});
export type EvaluationRun = z.infer<typeof evaluationRun>;

export const evaluations = runEndpoints('/api/v1/evaluations', {
  owner: 'evaluation',
  area: 'evaluation',
  scope: 'evaluations:run',
  readScope: 'models:read',
  name: 'Evaluation',
  noun: 'evaluation',
  view: evaluationRun,
  create: {
    id: 'evaluateModel',
    summary: 'Compare a version with the teacher on labelled decisions: JSON, or one a line as application/x-ndjson',
    query: evaluationQuery,
    body: {
      raw: {
        'application/json': evaluationInput,
        'application/x-ndjson': decisionInput,
        'application/jsonl': decisionInput,
      },
    },
    errors: ['evaluation.invalid', 'evaluation.nothing-serves', 'model.unknown-version'],
  },
});

export const listEvaluationSamples = endpoint({
  id: 'listEvaluationSamples',
  owner: 'evaluation',
  method: 'GET',
  path: '/api/v1/evaluations/{run_id}/samples',
  scope: 'models:read',
  summary: 'The decisions compared, a page at a time; as NDJSON all of them',
  params: runParams,
  query: z.strictObject({
    ...paging,
    verdict: verdict.optional().describe('Only decisions of this verdict.'),
  }),
  response: { 200: { json: page(evaluationSample), lines: evaluationSample } },
  errors: ['evaluation.no-such-run', 'evaluation.cursor-invalid', 'evaluation.cursor-mismatch'],
});

export const evaluationEndpoints = [...Object.values(evaluations), listEvaluationSamples] as const;
