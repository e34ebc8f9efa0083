import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { agreementReport } from '../events/evaluation.ts';
import { measured } from '../events/learning.ts';
import { timestamp } from '../json.ts';
import { page, paging } from './paging.ts';
import { predictionUsage } from './predictions.ts';

/** One evaluation of one model version a row, the newest first. */
export const distilledModelMetric = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().describe('The version.'),
  evaluation_id: z.string().describe('The evaluation.'),
  source: z.string().describe('Where its decisions came from.'),
  measured_at: z.string().describe('When it was measured.'),
  report: agreementReport.describe('How the version compares with the teacher.'),
});
export type DistilledModelMetric = z.infer<typeof distilledModelMetric>;

/** What a model's students spared the teacher, a row per day and model. */
export const costAnalysisRow = predictionUsage.extend({
  student_share: measured.describe('Calls the student answered, of all.'),
  teacher_calls_avoided: z.int().describe('Calls the student answered and the teacher was not asked for.'),
  teacher_cost: z
    .number()
    .nullable()
    .describe('What the teacher cost, in `price.currency`; null while no price is configured.'),
  audit_cost: z
    .number()
    .nullable()
    .optional()
    .describe('What audits cost, by their own tokens; null while no price is configured.'),
  student_cost: z
    .number()
    .nullable()
    .optional()
    .describe('What the students’ processor time cost; null while no price of an hour is configured.'),
  net: z
    .number()
    .nullable()
    .optional()
    .describe('`saved` less `audit_cost` and, where it is known, `student_cost`; null while no price is configured.'),
  saved: z.number().nullable().describe('What the avoided calls would have cost; null while no price is configured.'),
  price: z
    .object({
      currency: z.string().describe('The currency.'),
      per_million_prompt_tokens: z.number().describe('The price of a million tokens read.'),
      per_million_completion_tokens: z.number().describe('The price of a million tokens written.'),
      prompt_tokens_per_call: z.number().describe('Tokens a call reads.'),
      completion_tokens_per_call: z.number().describe('Tokens a call writes.'),
      tokens: z
        .enum(['measured', 'assumed'])
        .describe(
          'Whether the tokens of a call were measured on the teacher’s own calls that day, or are the configured ones.',
        ),
      source: z
        .enum(['configured', 'tenant', 'default'])
        .optional()
        .describe(
          'Where the price is from: the configuration, or the price table, for the model that answered most turns at the gateway that day. Absent from rows of before release 0.3.',
        ),
    })
    .nullable()
    .describe('What the figures were computed with.'),
});
export type CostAnalysisRow = z.infer<typeof costAnalysisRow>;

/** How fast an operation was in a window of time. */
export const performanceBenchmark = z.object({
  service: z.string().describe('The service.'),
  operation: z.string().describe('The operation.'),
  from: z.string().describe('Where the window begins.'),
  to: z.string().describe('Where it ends.'),
  operations: z.int().describe('How many operations it holds.'),
  per_second: z.number().nullable().describe('Operations a second; null where it was not measured.'),
  p50_ms: z.number().nullable().describe('The median in milliseconds; null where it was not measured.'),
  p95_ms: z.number().nullable().describe('The 95th percentile in milliseconds; null where it was not measured.'),
  p99_ms: z.number().nullable().describe('The 99th percentile in milliseconds; null where it was not measured.'),
});
export type PerformanceBenchmark = z.infer<typeof performanceBenchmark>;

const rows = {
  owner: 'evaluation',
  method: 'GET',
  scope: 'products:read',
  query: z.strictObject({
    ...paging,
    as_of: timestamp.optional().describe('Only what had happened by then.'),
    recorded_as_of: timestamp.optional().describe('Only what was known by then.'),
  }),
  errors: ['evaluation.cursor-invalid', 'evaluation.cursor-mismatch'],
} as const;

export const listDistilledModelMetrics = endpoint({
  ...rows,
  id: 'listDistilledModelMetrics',
  path: '/api/v1/metrics/distilled-model-metrics',
  summary: 'Rows of distilled_model_metrics, the newest first',
  response: { 200: page(distilledModelMetric) },
});

export const listPerformanceBenchmarks = endpoint({
  ...rows,
  id: 'listPerformanceBenchmarks',
  path: '/api/v1/metrics/performance-benchmarks',
  summary: 'Rows of performance_benchmarks, the newest first',
  response: { 200: page(performanceBenchmark) },
});

export const listCostAnalysis = endpoint({
  ...rows,
  id: 'listCostAnalysis',
  path: '/api/v1/metrics/cost-analysis',
  summary: 'Rows of cost_analysis: teacher calls avoided and money saved, with the price it was computed with',
  response: { 200: page(costAnalysisRow) },
});

export const metricEndpoints = [listDistilledModelMetrics, listPerformanceBenchmarks, listCostAnalysis] as const;
