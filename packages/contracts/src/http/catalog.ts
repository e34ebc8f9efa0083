import { z } from 'zod';
import { measured } from '../events/learning.ts';
import { jsonObject } from '../json.ts';

/** The six data products; a product's name is also its path. */
export const productNames = [
  'agent_decision_history',
  'distillation_training_data',
  'distilled_model_metrics',
  'optimization_history',
  'cost_analysis',
  'performance_benchmarks',
] as const;
export const productName = z.enum(productNames);
export type ProductName = z.infer<typeof productName>;

export const dataProduct = z.object({
  name: productName,
  title: z.string(),
  description: z.string(),
  domain: z.string(),
  owner: z.string(),
  refresh: z.string(),
  upstream: z.array(z.string()),
  downstream: z.array(z.string()),
  /** JSON Schema of a row. */
  schema: jsonObject,
  latest_version: z.string().nullable(),
});
export type DataProduct = z.infer<typeof dataProduct>;

export const productVersion = z.object({
  product: productName,
  version: z.string(),
  digest: z.string().nullable(),
  rows: z.int().nullable(),
  created_at: z.string(),
  /** The event that published it, and the one that caused that. */
  event_id: z.string(),
  causation_id: z.string().nullable(),
  correlation_id: z.string(),
  manifest: jsonObject,
});
export type ProductVersion = z.infer<typeof productVersion>;

export const productQuality = z.object({
  product: productName,
  version: z.string().nullable(),
  measured_at: z.string(),
  metrics: z.record(z.string(), measured),
});
