import { z } from 'zod';
import { agreementReport, measured } from '../events/learning.ts';
import { predictionUsage } from './predictions.ts';

/** `GET /metrics/distilled-model-metrics`: one evaluation of one model version a row, the newest first. */
export const distilledModelMetric = z.object({
  model: z.string(),
  model_version: z.string(),
  evaluation_id: z.string(),
  source: z.string(),
  measured_at: z.string(),
  report: agreementReport,
});
export type DistilledModelMetric = z.infer<typeof distilledModelMetric>;

/** `GET /metrics/cost-analysis`: what a model's students spared the teacher, a row per day and model. */
export const costAnalysisRow = predictionUsage.extend({
  /** Calls the student answered, of all. */
  student_share: measured,
  /** Calls the student answered and the teacher was not asked for. */
  teacher_calls_avoided: z.int(),
  /** In `price.currency`; null while no price is configured. */
  teacher_cost: z.number().nullable(),
  saved: z.number().nullable(),
  /** What the figures were computed with. */
  price: z
    .object({
      currency: z.string(),
      per_million_prompt_tokens: z.number(),
      per_million_completion_tokens: z.number(),
      prompt_tokens_per_call: z.number(),
      completion_tokens_per_call: z.number(),
      /** Whether the tokens of a call were measured on the teacher's own calls that day, or are the configured ones. */
      tokens: z.enum(['measured', 'assumed']),
    })
    .nullable(),
});
export type CostAnalysisRow = z.infer<typeof costAnalysisRow>;

/** `GET /metrics/performance-benchmarks`: how fast an operation was in a window of time. */
export const performanceBenchmark = z.object({
  service: z.string(),
  operation: z.string(),
  from: z.string(),
  to: z.string(),
  operations: z.int(),
  per_second: z.number().nullable(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});
export type PerformanceBenchmark = z.infer<typeof performanceBenchmark>;
