import {
  datasetView,
  type curationRejection,
  type DatasetPurpose,
  type DatasetView,
  type TrainingDataCurated,
} from '@retort/contracts';
import type { Database, Queryable } from '@retort/postgres';
import type { z } from 'zod';
import type { Datasets, NewDataset } from '../app/datasets.ts';

export function postgresDatasets(database: Database): Datasets {
  return {
    store: (dataset) =>
      database.transaction(async (transaction) => {
        const version = await storeVersion(transaction, dataset);
        await storeRejections(transaction, dataset);
        return version;
      }),
    async find(tenant, version) {
      const { rows } = await database.query<DatasetRow>(
        'select * from datasets where tenant = $1 and dataset_version = $2',
        [tenant, version],
      );
      return rows[0] ? viewOf(rows[0]) : null;
    },
    async list({ tenant, purpose, after, limit }) {
      const { rows } = await database.query<DatasetRow>(
        `select * from datasets where tenant = $1
           and ($2::timestamptz is null or (date_trunc('milliseconds', created_at), dataset_version) < ($2::timestamptz, $3))
           and ($5::text is null or purpose = $5)
         order by date_trunc('milliseconds', created_at) desc, dataset_version desc limit $4`,
        [tenant, after?.createdAt ?? null, after?.version ?? null, limit, purpose ?? null],
      );
      return rows.map(viewOf);
    },
    async rejections({ tenant, runId, reason, decisionId, after, limit }) {
      const { rows } = await database.query<z.infer<typeof curationRejection>>(
        `select decision_id, reason, keeper from rejections
         where tenant = $1 and run_id = $2 and ($3::text is null or reason = $3)
           and ($4::text is null or decision_id = $4) and ($5::text is null or decision_id > $5)
         order by decision_id limit $6`,
        [tenant, runId, reason, decisionId, after, limit],
      );
      return rows;
    },
  };
}

async function storeVersion(transaction: Queryable, dataset: NewDataset): Promise<string> {
  const { tenant, runId, manifest, createdAt, summary } = dataset;
  const { dataset_version, digest, rows: count, log_position, quality, purpose = 'policy' } = summary;
  const { rows } = await transaction.query<{ dataset_version: string }>(
    `insert into datasets (tenant, dataset_version, digest, manifest, rows, log_position, run_id, created_at, summary, quality,
                           purpose)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (tenant, digest) do update set
       purpose = case when excluded.purpose = 'policy' then 'policy' else datasets.purpose end
     returning dataset_version`,
    [
      tenant,
      dataset_version,
      digest,
      manifest,
      count,
      log_position,
      runId,
      createdAt,
      JSON.stringify(summary),
      JSON.stringify(quality),
      purpose,
    ],
  );
  return rows[0]!.dataset_version;
}

const rejectionsAtOnce = 5000;

async function storeRejections(transaction: Queryable, { tenant, runId, rejections }: NewDataset): Promise<void> {
  for (let start = 0; start < rejections.length; start += rejectionsAtOnce) {
    const some = rejections.slice(start, start + rejectionsAtOnce);
    const decisions = some.map(({ decisionId }) => decisionId);
    const reasons = some.map(({ reason }) => reason);
    const keepers = some.map(({ keeper }) => keeper);
    await transaction.query(
      `insert into rejections (tenant, run_id, decision_id, reason, keeper)
       select $1, $2, * from unnest($3::text[], $4::text[], $5::text[]) on conflict do nothing`,
      [tenant, runId, decisions, reasons, keepers],
    );
  }
}

interface DatasetRow {
  dataset_version: string;
  digest: string;
  purpose: DatasetPurpose;
  manifest: string;
  rows: string;
  log_position: string;
  created_at: Date;
  summary: TrainingDataCurated;
  quality: TrainingDataCurated['quality'];
}

function viewOf(row: DatasetRow): DatasetView {
  return datasetView.parse({ ...row, rows: Number(row.rows), created_at: row.created_at.toISOString() });
}
