import type { ProductName } from '@retort/contracts';

/** Where a product's rows are read: the REST API of the service that owns them. */
export interface RowSource {
  path: string;
  query: Record<string, string>;
  /** Which moments of time the owner can go back to. */
  temporal: boolean;
}

/** Products whose rows depend on a version, and those that are one growing table. */
export const versioned: ReadonlySet<ProductName> = new Set(['distillation_training_data']);

export function rowSource(product: ProductName, version: string | null): RowSource {
  switch (product) {
    case 'agent_decision_history':
      return { path: '/api/v1/decisions', query: {}, temporal: true };
    case 'distillation_training_data':
      return { path: `/api/v1/datasets/${encodeURIComponent(version ?? '')}/rows`, query: {}, temporal: false };
    case 'optimization_history':
      return { path: '/api/v1/optimization-runs', query: { state: 'succeeded' }, temporal: false };
    case 'distilled_model_metrics':
      return { path: '/api/v1/metrics/distilled-model-metrics', query: {}, temporal: false };
    case 'cost_analysis':
      return { path: '/api/v1/metrics/cost-analysis', query: {}, temporal: false };
    case 'performance_benchmarks':
      return { path: '/api/v1/metrics/performance-benchmarks', query: {}, temporal: false };
  }
}
