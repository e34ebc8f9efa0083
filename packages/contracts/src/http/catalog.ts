import { z } from 'zod';
import { measured } from '../events/learning.ts';
import { jsonObject, timestamp } from '../json.ts';

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
export type ProductQuality = z.infer<typeof productQuality>;

/** `GET /data-products/{name}/lineage` */
export const lineageQuery = z.strictObject({
  /** Begin at this version; at the product as such when absent. */
  version: z.string().max(256).optional(),
  direction: z.enum(['upstream', 'downstream', 'both']).default('both'),
  depth: z.coerce.number().int().min(1).max(20).default(5),
});
export const lineageNode = z.object({
  /** `product`, or `product@version`; `model:name@version`, `evaluation:id`, `prompt:name@version`. */
  id: z.string(),
  kind: z.enum(['product', 'dataset', 'model', 'evaluation', 'prompt', 'history']),
});
export const lineageEdge = z.object({
  from: z.string(),
  to: z.string(),
  /** The event that made `to` of `from`, and what caused it; null between products as such. */
  event_id: z.string().nullable(),
  event_type: z.string().nullable(),
  causation_id: z.string().nullable(),
  correlation_id: z.string().nullable(),
});
export const lineageView = z.object({
  root: z.string(),
  nodes: z.array(lineageNode),
  edges: z.array(lineageEdge),
});
export type LineageView = z.infer<typeof lineageView>;

/** `GET /data-products/{name}/rows` */
export const productRowsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(8192).optional(),
  /** Of a versioned product; its newest when absent. */
  version: z.string().max(256).optional(),
  /** What had happened by then. */
  as_of: timestamp.optional(),
  /** What was known by then. */
  recorded_as_of: timestamp.optional(),
});
export const productRowsView = z.object({
  product: productName,
  version: z.string().nullable(),
  data: z.array(z.json()),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});
