import type { ArtifactStore } from '@retort/artifact-store';
import {
  datasetView,
  type curationRejection,
  type DatasetPurpose,
  type DatasetView,
  type TrainingDataCurated,
} from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { z } from 'zod';
import type { Datasets } from '../app/datasets.ts';
import { keptRejections } from './rejections.ts';

/** A version that a subject was erased from is succeeded by what was left of it last. */
const select = `select d.*, (
  select s.dataset_version from datasets s
  where s.tenant = d.tenant and s.summary->'erased'->>'from' = d.dataset_version
  order by s.created_at desc limit 1) as succeeded_by
  from datasets d`;

export function postgresDatasets(database: Queryable, artifacts: ArtifactStore): Datasets {
  const kept = keptRejections(artifacts);
  return {
    async find(tenant, version) {
      const { rows } = await database.query<DatasetRow>(`${select} where tenant = $1 and dataset_version = $2`, [
        tenant,
        version,
      ]);
      return rows[0] ? viewOf(rows[0]) : null;
    },
    async list({ tenant, purpose, after, limit }) {
      const { rows } = await database.query<DatasetRow>(
        `${select} where tenant = $1
           and ($2::timestamptz is null or (date_trunc('milliseconds', created_at), dataset_version) < ($2::timestamptz, $3))
           and ($5::text is null or purpose = $5)
         order by date_trunc('milliseconds', created_at) desc, dataset_version desc limit $4`,
        [tenant, after?.createdAt ?? null, after?.version ?? null, limit, purpose ?? null],
      );
      return rows.map(viewOf);
    },
    async rejections({ tenant, runId, artifact, reason, decisionId, after, limit }) {
      if (artifact !== undefined) return kept.list(artifact, { reason, decisionId, after, limit });
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

/** Stores what an event published; the same content again is the version that is there, and the policy's once a run of the
 *  policy made it. Events of releases that did not name the manifest in them tell too little. */
export async function storeDataset(
  { tenant, time, data }: ReceivedEvent<'TRAINING_DATA_CURATED'>,
  transaction: Queryable,
): Promise<void> {
  if (data.manifest === undefined) return;
  await transaction.query(
    `insert into datasets (tenant, dataset_version, digest, manifest, rows, log_position, run_id, created_at, summary, quality,
                           purpose)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (tenant, digest) do update set
       purpose = case when excluded.purpose = 'policy' then 'policy' else datasets.purpose end,
       summary = case when excluded.summary->'erased' is null then datasets.summary
                      else jsonb_set(datasets.summary, '{erased}', excluded.summary->'erased') end`,
    [
      tenant,
      data.dataset_version,
      data.digest,
      data.manifest,
      data.rows,
      data.log_position,
      data.run_id,
      time,
      JSON.stringify(data),
      JSON.stringify(data.quality),
      data.purpose ?? 'policy',
    ],
  );
}

interface DatasetRow {
  dataset_version: string;
  digest: string;
  purpose: DatasetPurpose;
  manifest: string;
  rows: string;
  log_position: string;
  created_at: Date;
  succeeded_by: string | null;
  summary: TrainingDataCurated;
  quality: TrainingDataCurated['quality'];
}

function viewOf(row: DatasetRow): DatasetView {
  return datasetView.parse({
    ...row,
    rows: Number(row.rows),
    created_at: row.created_at.toISOString(),
    succeeded_by: row.succeeded_by ?? undefined,
  });
}
