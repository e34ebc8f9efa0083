import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { measured } from '../events/learning.ts';
import { jsonObject, timestamp } from '../json.ts';
import { page, paging, pagingQuery } from './paging.ts';

/** The data products; a product's name is also its path. */
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

const nameOfProduct = productName.describe('The data product.');
const isoMoment = (what: string) => z.string().describe(what);

export const dataProduct = z.object({
  name: nameOfProduct,
  title: z.string().describe('Its name for people.'),
  description: z.string().describe('What it holds.'),
  domain: z.string().describe('The domain it belongs to.'),
  owner: z.string().describe('The team that answers for it.'),
  refresh: z.string().describe('How often it changes.'),
  retention_days: z
    .int()
    .nullable()
    .default(null)
    .describe('Days that a row is kept after it was recorded; null: for ever.'),
  upstream: z.array(z.string()).describe('What it is made of.'),
  downstream: z.array(z.string()).describe('What is made of it.'),
  schema: jsonObject.describe('JSON Schema of a row.'),
  latest_version: z.string().nullable().describe('Its newest version; null when it has none.'),
});
export type DataProduct = z.infer<typeof dataProduct>;

export const productVersion = z.object({
  product: nameOfProduct,
  version: z.string().describe('The version.'),
  digest: z.string().nullable().describe('The digest of its rows; null where none was announced.'),
  rows: z.int().nullable().describe('How many rows it has; null where that was not announced.'),
  created_at: isoMoment('When it was published.'),
  event_id: z.string().describe('The event that published it.'),
  causation_id: z.string().nullable().describe('What caused that event; null where nothing did.'),
  correlation_id: z.string().describe('Shared by everything that one iteration of the loop did.'),
  manifest: jsonObject.describe('What was published, as the event says it.'),
});
export type ProductVersion = z.infer<typeof productVersion>;

export const productQuality = z.object({
  product: nameOfProduct,
  version: z.string().nullable().describe('The version that was measured.'),
  measured_at: isoMoment('When it was measured.'),
  metrics: z.record(z.string(), measured).describe('Figures of quality, by name.'),
});
export type ProductQuality = z.infer<typeof productQuality>;

export const lineageNode = z.object({
  id: z
    .string()
    .describe('`product`, or `product@version`; `model:name@version`, `evaluation:id`, `prompt:name@version`.'),
  kind: z.enum(['product', 'dataset', 'model', 'evaluation', 'prompt', 'history']).describe('What the node is.'),
});
const nullBetweenProducts = (what: string) => z.string().nullable().describe(`${what}; null between products as such.`);
export const lineageEdge = z.object({
  from: z.string().describe('The node that something was made of.'),
  to: z.string().describe('The node that was made of it.'),
  event_id: nullBetweenProducts('The event that made `to` of `from`'),
  event_type: nullBetweenProducts('The type of that event'),
  causation_id: nullBetweenProducts('What caused that event'),
  correlation_id: nullBetweenProducts('What the event has in common with others of its iteration'),
});
export const lineageView = z.object({
  root: z.string().describe('The node where the search began.'),
  nodes: z.array(lineageNode).describe('The nodes that were found, the root first.'),
  edges: z.array(lineageEdge).describe('What was made of what.'),
});
export type LineageView = z.infer<typeof lineageView>;

export const productRowsQuery = z.strictObject({
  ...paging,
  // It carries the cursor of the service that owns the rows.
  cursor: z
    .string()
    .max(8192)
    .optional()
    .describe('`next_cursor` of the previous page, with the same query; the first page when absent.'),
  version: z.string().max(256).optional().describe('Of a versioned product; its newest when absent.'),
  as_of: timestamp.optional().describe('What had happened by then.'),
  recorded_as_of: timestamp.optional().describe('What was known by then.'),
});
export const productRowsView = page(jsonObject).extend({
  product: nameOfProduct,
  version: z.string().nullable().describe('The version the rows belong to; null of a product without versions.'),
});

const reads = { owner: 'data-catalog', method: 'GET', scope: 'products:read' } as const;
const productParams = z.strictObject({ name: z.string().describe('The data product.') });

export const listDataProducts = endpoint({
  ...reads,
  id: 'listDataProducts',
  path: '/api/v1/data-products',
  summary: 'The data products',
  response: { 200: page(dataProduct) },
  errors: [],
});

export const getDataProduct = endpoint({
  ...reads,
  id: 'getDataProduct',
  path: '/api/v1/data-products/{name}',
  summary: 'One data product',
  params: productParams,
  response: { 200: dataProduct, 304: null },
  errors: ['catalog.product-unknown'],
});

export const getDataProductSchema = endpoint({
  ...reads,
  id: 'getDataProductSchema',
  path: '/api/v1/data-products/{name}/schema',
  summary: 'JSON Schema of a row',
  params: productParams,
  response: { 200: jsonObject, 304: null },
  errors: ['catalog.product-unknown'],
});

export const listDataProductVersions = endpoint({
  ...reads,
  id: 'listDataProductVersions',
  path: '/api/v1/data-products/{name}/versions',
  summary: 'Versions of a data product, the newest first',
  params: productParams,
  query: pagingQuery,
  response: { 200: page(productVersion) },
  errors: ['catalog.product-unknown', 'catalog.cursor-invalid', 'catalog.cursor-mismatch'],
});

export const getDataProductVersion = endpoint({
  ...reads,
  id: 'getDataProductVersion',
  path: '/api/v1/data-products/{name}/versions/{version}',
  summary: 'One version of a data product; ETag is its digest',
  params: productParams.extend({ version: z.string().describe('The version.') }),
  response: { 200: productVersion, 304: null },
  errors: ['catalog.product-unknown', 'catalog.no-such-version'],
});

export const getDataProductQuality = endpoint({
  ...reads,
  id: 'getDataProductQuality',
  path: '/api/v1/data-products/{name}/quality',
  summary: 'How good a version of a data product is, the newest when none is named',
  params: productParams,
  query: z.strictObject({ version: z.string().max(256).optional().describe('The version; the newest when absent.') }),
  response: { 200: productQuality },
  errors: ['catalog.product-unknown', 'catalog.no-version', 'catalog.no-such-version'],
});

export const getDataProductLineage = endpoint({
  ...reads,
  id: 'getDataProductLineage',
  path: '/api/v1/data-products/{name}/lineage',
  summary: 'What a data product is made of, and what is made of it',
  params: productParams,
  query: z.strictObject({
    version: z.string().max(256).optional().describe('Begin at this version; at the product as such when absent.'),
    direction: z.enum(['upstream', 'downstream', 'both']).default('both').describe('Which way to go.'),
    depth: z.coerce.number().int().min(1).max(20).default(5).describe('How many steps to go at most.'),
  }),
  response: { 200: lineageView },
  errors: ['catalog.product-unknown', 'catalog.no-such-version'],
});

export const listDataProductRows = endpoint({
  ...reads,
  id: 'listDataProductRows',
  path: '/api/v1/data-products/{name}/rows',
  audited: { lines: 'data-products.export' },
  summary: 'Rows of a data product: a page, or as NDJSON all of them',
  params: productParams,
  query: productRowsQuery,
  response: { 200: { json: productRowsView, lines: jsonObject } },
  errors: [
    'catalog.product-unknown',
    'catalog.no-version',
    'catalog.not-versioned',
    'catalog.owner-missing',
    'catalog.cursor-invalid',
    'catalog.cursor-mismatch',
  ],
});

export const catalogEndpoints = [
  listDataProducts,
  getDataProduct,
  getDataProductSchema,
  listDataProductVersions,
  getDataProductVersion,
  getDataProductQuality,
  getDataProductLineage,
  listDataProductRows,
] as const;
