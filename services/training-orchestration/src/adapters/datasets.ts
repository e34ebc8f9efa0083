import type { DatasetPurpose } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { KnownDatasets } from '../app/known-datasets.ts';

export async function rememberDataset(
  event: ReceivedEvent<'TRAINING_DATA_CURATED'>,
  transaction: Queryable,
): Promise<void> {
  await transaction.query(
    // The content of an experiment becomes the policy's when a run of the policy makes it too.
    `insert into datasets (tenant, dataset_version, event_id, correlation_id, published_at, purpose)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant, dataset_version) do update set
       event_id = excluded.event_id, correlation_id = excluded.correlation_id,
       published_at = excluded.published_at, purpose = excluded.purpose
       where datasets.purpose = 'experiment' and excluded.purpose = 'policy'`,
    [
      event.tenant,
      event.data.dataset_version,
      event.id,
      event.trace.correlationId,
      event.time,
      event.data.purpose ?? 'policy',
    ],
  );
}

export function knownDatasets(db: Queryable): KnownDatasets {
  return {
    async find(tenant, datasetVersion) {
      const { rows } = await db.query<{ event_id: string; correlation_id: string; purpose: DatasetPurpose }>(
        'select event_id, correlation_id, purpose from datasets where tenant = $1 and dataset_version = $2',
        [tenant, datasetVersion],
      );
      if (!rows[0]) return null;
      const { event_id, correlation_id, purpose } = rows[0];
      return { purpose, trace: { causationId: event_id, correlationId: correlation_id } };
    },
    async newest(tenant) {
      const { rows } = await db.query<{ dataset_version: string }>(
        `select dataset_version from datasets where tenant = $1 and purpose = 'policy' order by published_at desc limit 1`,
        [tenant],
      );
      return rows[0]?.dataset_version ?? null;
    },
  };
}
