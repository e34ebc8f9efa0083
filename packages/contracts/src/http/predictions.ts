import { z } from 'zod';
import { guarantee, servedSlice } from '../events/learning.ts';
import { jsonObject } from '../json.ts';
import { toolList, toolsetReference } from '../tools.ts';

/** `POST /predictions` */
export const predictionInput = z.object({
  /** Returned with the answer; the caller's own. */
  id: z.string().max(256).optional(),
  model: z.string().max(128).default('tool-calling'),
  /** A version other than the one that serves, e.g. one that the gate refused: loaded on demand (through
   *  training-orchestration's `GET /models/{m}/versions/{v}`), kept for a while, never promoted by being asked. */
  model_version: z.string().max(128).optional(),
  context: jsonObject,
  tools_available: toolList.optional(),
  toolset: toolsetReference.optional(),
  /** Who asks; a student that requires a promise of every slice holds this agent to it. */
  agent_id: z.string().max(128).optional(),
  /** Who answers when the student should not: the teacher, or nobody (the student's proposal is returned). */
  fallback: z.enum(['teacher', 'none']).default('teacher'),
});
export type PredictionInput = z.input<typeof predictionInput>;

const calledTool = z.object({ tool_selected: z.string().nullable(), tool_parameters: jsonObject });

export const predictionView = z.object({
  id: z.string().nullable(),
  /** The call to make; null when the student abstained and nobody else was asked. */
  call: calledTool.nullable(),
  served_by: z.enum(['student', 'teacher', 'none']),
  /** Why the student did not serve. */
  fallback_reason: z.string().nullable(),
  /** Calibrated probability that the student's proposal is the teacher's whole call. */
  confidence: z.number().nullable(),
  tool_confidence: z.number().nullable(),
  /** What the student would have said, served or not. */
  proposal: calledTool.nullable(),
  model_version: z.string().nullable(),
  threshold: z.number().nullable(),
  /** What the threshold promises, in words; null without a student. */
  promise: z.string().nullable().optional(),
});
export type PredictionView = z.infer<typeof predictionView>;

/** `POST /predictions:batch` */
export const predictionBatchInput = z.object({
  predictions: z.array(predictionInput).min(1).max(1000),
  /** Whether they are traffic: a measurement is not, and must not show up as teacher calls avoided. */
  counted: z.boolean().default(true),
});
export const predictionBatchView = z.object({ predictions: z.array(predictionView) });

/** What inference has loaded now. */
export const servingModel = z.object({
  model: z.string(),
  model_version: z.string(),
  loaded_at: z.string(),
  guarantee,
  /** The guarantee in words. */
  promise: z.string().optional(),
  /** What audits, answers that the teacher was asked for too, say of it: by slice, all that it serves first. */
  audits: z
    .array(
      servedSlice.extend({
        audits: z.int(),
        wrong: z.int(),
        allowed: z.number(),
        evidence: z.number(),
        /** Its requests go to the teacher. */
        withdrawn: z.boolean(),
      }),
    )
    .optional(),
});
export const servingView = z.object({ data: z.array(servingModel) });

/** Who answered how often, a row per day and model: what `cost_analysis` is made of. */
export const predictionUsage = z.object({
  day: z.string(),
  model: z.string(),
  student_calls: z.int(),
  teacher_calls: z.int(),
  abstentions: z.int(),
  student_seconds: z.number(),
  teacher_prompt_tokens: z.int(),
  teacher_completion_tokens: z.int(),
});
export const predictionUsageView = z.object({ data: z.array(predictionUsage) });
