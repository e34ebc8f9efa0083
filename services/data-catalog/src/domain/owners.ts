import type { ProductName } from '@retort/contracts';

/** Where a product's rows are read: the REST API of the service that owns them. */
export interface RowSource {
  path: string;
  query: Record<string, string>;
  /** Which moments of time the owner goes back to. */
  moments: readonly ('as_of' | 'recorded_as_of')[];
  /** Whether the owner streams all rows as NDJSON; otherwise they are read a page at a time. */
  streams: boolean;
}

/** Products whose rows depend on a version, and those that are one growing table. */
export const versioned: ReadonlySet<ProductName> = new Set(['distillation_training_data']);

const both = ['as_of', 'recorded_as_of'] as const;

export function rowSource(product: ProductName, version: string | null): RowSource {
  switch (product) {
    case 'agent_decision_history':
      return { path: '/api/v1/decisions', query: {}, moments: both, streams: true };
    case 'distillation_training_data':
      // The version is the one of the moment; what its rows' outcomes were is told by what was known then.
      return {
        path: `/api/v1/datasets/${encodeURIComponent(version ?? '')}/rows`,
        query: {},
        moments: ['recorded_as_of'],
        streams: true,
      };
    case 'optimization_history':
      return { path: '/api/v1/optimization-runs', query: { state: 'succeeded' }, moments: both, streams: false };
    case 'distilled_model_metrics':
      return { path: '/api/v1/metrics/distilled-model-metrics', query: {}, moments: both, streams: false };
    case 'cost_analysis':
      return { path: '/api/v1/metrics/cost-analysis', query: {}, moments: both, streams: false };
    case 'performance_benchmarks':
      return { path: '/api/v1/metrics/performance-benchmarks', query: {}, moments: both, streams: false };
  }
}
