import type { DistilledModelMetric, PerformanceBenchmark } from '@retort/contracts';
import type { ReceivedEvent } from '@retort/service-kit';

export interface MetricPlace {
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
  after: MetricPlace | undefined;
  moments: Moments;
}

export interface StoredMetric {
  place: MetricPlace;
  metric: DistilledModelMetric;
  benchmark: PerformanceBenchmark;
}

export type Evaluated = Pick<ReceivedEvent<'MODEL_EVALUATED'>, 'tenant' | 'time' | 'data'>;

/** What evaluations measured of models that serve. */
export interface Metrics {
  record(evaluated: Evaluated): Promise<void>;
  /** The newest first, with the place of each. */
  read(query: MetricQuery): Promise<StoredMetric[]>;
}
