import type { Queryable } from '@retort/postgres';
import type { HeardEvent, Trace } from '@retort/service-kit';

/** What was heard of published training data. */
export interface KnownDatasets {
  remember(event: HeardEvent<'TRAINING_DATA_CURATED'>, transaction: Queryable): Promise<void>;
  /** The trace of what a data set causes; null while its event has not been heard. */
  traceOf(tenant: string, datasetVersion: string): Promise<Trace | null>;
  newest(tenant: string): Promise<string | null>;
}

export function knownDatasets(db: Queryable): KnownDatasets {
  return {
    async remember(event, transaction) {
      await transaction.query(
        `insert into datasets (tenant, dataset_version, event_id, correlation_id, published_at)
         values ($1, $2, $3, $4, $5) on conflict do nothing`,
        [event.tenant, event.data.dataset_version, event.id, event.trace.correlationId, event.time],
      );
    },
    async traceOf(tenant, datasetVersion) {
      const { rows } = await db.query<{ event_id: string; correlation_id: string }>(
        'select event_id, correlation_id from datasets where tenant = $1 and dataset_version = $2',
        [tenant, datasetVersion],
      );
      return rows[0] ? { causationId: rows[0].event_id, correlationId: rows[0].correlation_id } : null;
    },
    async newest(tenant) {
      const { rows } = await db.query<{ dataset_version: string }>(
        'select dataset_version from datasets where tenant = $1 order by published_at desc limit 1',
        [tenant],
      );
      return rows[0]?.dataset_version ?? null;
    },
  };
}
