import { z } from 'zod';
import { agreementReport } from '../events/learning.ts';
import { jsonObject } from '../json.ts';
import { decisionInput } from './decisions.ts';
import { run } from './runs.ts';

/** `POST /evaluations`: labelled decisions that the model has not learnt from. Also as NDJSON, a decision a line, with
 *  `model`, `model_version` and `source` in the query. */
export const evaluationInput = z.object({
  model: z.string().max(128).default('tool-calling'),
  /** The version that serves when absent. */
  model_version: z.string().max(128).optional(),
  source: z.string().max(128).default('posted'),
  decisions: z.array(decisionInput).min(1).max(10_000),
});

export const verdict = z.enum(['same-call', 'same-tool', 'other-tool']);

export const evaluationSample = z.object({
  index: z.int(),
  id: z.string(),
  verdict,
  /** `tool_parameters` is null where the teacher's arguments are not known: then only the tool is compared. */
  teacher: z.object({ tool_selected: z.string().nullable(), tool_parameters: jsonObject.nullable() }),
  student: z.object({ tool_selected: z.string().nullable(), tool_parameters: jsonObject }).nullable(),
  confidence: z.number().nullable(),
  served_by: z.enum(['student', 'teacher']),
  /** The version learnt from this decision, or was calibrated on it: it counts in no figure. Absent where that is not known, and
   *  from samples of before it was asked. */
  learnt: z.boolean().optional(),
});
export type EvaluationSample = z.infer<typeof evaluationSample>;

export const evaluationRun = run.extend({
  model: z.string(),
  model_version: z.string().nullable(),
  source: z.string(),
  report: agreementReport.nullable(),
  predictions_per_second: z.number().nullable(),
});
export type EvaluationRun = z.infer<typeof evaluationRun>;
