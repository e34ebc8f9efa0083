import {
  datasetView,
  type curationRejection,
  type DatasetPurpose,
  type DatasetView,
  type TrainingDataCurated,
} from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { z } from 'zod';
import type { Rejection } from '../domain/candidates.ts';

export interface NewDataset {
  tenant: string;
  runId: string;
  manifest: string;
  createdAt: Date;
  summary: TrainingDataCurated;
}

/** Stores a data set; the same content again is the version it already has, and the policy's once a run of the policy made
 *  it. Returns the version's name. */
export async function storeDataset(transaction: Queryable, dataset: NewDataset): Promise<string> {
  const { tenant, summary } = dataset;
  const { rows } = await transaction.query<{ dataset_version: string }>(
    `insert into datasets (tenant, dataset_version, digest, manifest, rows, log_position, run_id, created_at, summary, quality,
                           purpose)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (tenant, digest) do update set
       purpose = case when excluded.purpose = 'policy' then 'policy' else datasets.purpose end
     returning dataset_version`,
    [
      ...[tenant, summary.dataset_version, summary.digest, dataset.manifest, summary.rows, summary.log_position],
      ...[dataset.runId, dataset.createdAt, JSON.stringify(summary), JSON.stringify(summary.quality)],
      summary.purpose ?? 'policy',
    ],
  );
  return rows[0]!.dataset_version;
}

export async function findDataset(database: Queryable, tenant: string, version: string): Promise<DatasetView | null> {
  const { rows } = await database.query<DatasetRow>(
    'select * from datasets where tenant = $1 and dataset_version = $2',
    [tenant, version],
  );
  return rows[0] ? viewOf(rows[0]) : null;
}

export interface DatasetQuery {
  tenant: string;
  /** Those for this only. */
  purpose?: DatasetPurpose | undefined;
  after: { createdAt: string; version: string } | null;
  limit: number;
}

/** Newest first, after a place in that order. */
export async function listDatasets(
  database: Queryable,
  { tenant, purpose, after, limit }: DatasetQuery,
): Promise<DatasetView[]> {
  const { rows } = await database.query<DatasetRow>(
    `select * from datasets where tenant = $1
       and ($2::timestamptz is null or (date_trunc('milliseconds', created_at), dataset_version) < ($2::timestamptz, $3))
       and ($5::text is null or purpose = $5)
     order by date_trunc('milliseconds', created_at) desc, dataset_version desc limit $4`,
    [tenant, after?.createdAt ?? null, after?.version ?? null, limit, purpose ?? null],
  );
  return rows.map(viewOf);
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
  const { dataset_version, digest, purpose, manifest, log_position, summary, quality } = row;
  const created_at = row.created_at.toISOString();
  return datasetView.parse({
    ...{
      dataset_version,
      digest,
      purpose,
      created_at,
      rows: Number(row.rows),
      log_position,
      manifest,
      summary,
      quality,
    },
  });
}

type RejectionView = z.infer<typeof curationRejection>;
const rejectionsAtOnce = 5000;

export async function storeRejections(
  transaction: Queryable,
  { tenant, runId, rejections }: { tenant: string; runId: string; rejections: readonly Rejection[] },
): Promise<void> {
  for (let start = 0; start < rejections.length; start += rejectionsAtOnce) {
    const some = rejections.slice(start, start + rejectionsAtOnce);
    await transaction.query(
      `insert into rejections (tenant, run_id, decision_id, reason, keeper)
       select $1, $2, * from unnest($3::text[], $4::text[], $5::text[]) on conflict do nothing`,
      [
        ...[tenant, runId, some.map(({ decisionId }) => decisionId)],
        ...[some.map(({ reason }) => reason), some.map(({ keeper }) => keeper)],
      ],
    );
  }
}

export interface RejectionQuery {
  tenant: string;
  runId: string;
  reason: string | null;
  decisionId: string | null;
  after: string | null;
  limit: number;
}

/** By decision id. */
export async function listRejections(database: Queryable, query: RejectionQuery): Promise<RejectionView[]> {
  const { rows } = await database.query<RejectionView>(
    `select decision_id, reason, keeper from rejections
     where tenant = $1 and run_id = $2 and ($3::text is null or reason = $3) and ($4::text is null or decision_id = $4)
       and ($5::text is null or decision_id > $5)
     order by decision_id limit $6`,
    [query.tenant, query.runId, query.reason, query.decisionId, query.after, query.limit],
  );
  return rows;
}
