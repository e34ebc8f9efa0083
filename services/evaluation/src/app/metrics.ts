import type { DistilledModelMetric, PerformanceBenchmark } from '@retort/contracts';

export interface MetricPosition {
  at: string;
  id: string;
}

/** ISO 8601: only what had happened, only what was known by then. */
export interface Moments {
  as_of?: string | undefined;
  recorded_as_of?: string | undefined;
}

export interface MetricQuery {
  tenant: string;
  limit: number;
  after: MetricPosition | undefined;
  moments: Moments;
}

export interface StoredMetric {
  position: MetricPosition;
  metric: DistilledModelMetric;
  benchmark: PerformanceBenchmark;
}

/** What evaluations measured of models that serve. */
export interface Metrics {
  /** The newest first, with the place of each. */
  read(query: MetricQuery): Promise<StoredMetric[]>;
}
