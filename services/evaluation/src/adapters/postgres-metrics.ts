import type { AgreementReport } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { MetricQuery, Metrics, StoredMetric } from '../app/metrics.ts';

export function postgresMetrics(db: Queryable): Metrics {
  return { read: (query) => readMetrics(db, query) };
}

/** Stores a comparison with a model that serves; what a training measured of itself stands on its card. */
export async function storeMetric(
  { tenant, time, data }: ReceivedEvent<'MODEL_EVALUATED'>,
  transaction: Queryable,
): Promise<void> {
  if (data.started_at === undefined) return;
  await transaction.query(
    `insert into model_metrics (tenant, evaluation_id, model, model_version, source, started_at, measured_at, report,
                                predictions_per_second, samples, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $7) on conflict do nothing`,
    [
      tenant,
      data.evaluation_id,
      data.model,
      data.model_version,
      data.source,
      data.started_at,
      time,
      JSON.stringify(data.report),
      data.predictions_per_second ?? null,
      data.samples ?? null,
    ],
  );
}

interface Row {
  evaluation_id: string;
  model: string;
  model_version: string;
  source: string;
  started_at: Date;
  measured_at: Date;
  report: AgreementReport;
  predictions_per_second: number | null;
}

async function readMetrics(db: Queryable, { tenant, limit, after, moments }: MetricQuery): Promise<StoredMetric[]> {
  const { rows } = await db.query<Row>(
    `select evaluation_id, model, model_version, source, started_at, measured_at, report, predictions_per_second
     from model_metrics
     where tenant = $1 and ($2::timestamptz is null or (measured_at, evaluation_id) < ($2, $3))
       and ($5::timestamptz is null or measured_at <= $5) and ($6::timestamptz is null or recorded_at <= $6)
     order by measured_at desc, evaluation_id desc limit $4`,
    [tenant, after?.at ?? null, after?.id ?? null, limit, moments.as_of ?? null, moments.recorded_as_of ?? null],
  );
  return rows.map((row) => ({
    position: { at: row.measured_at.toISOString(), id: row.evaluation_id },
    metric: {
      model: row.model,
      model_version: row.model_version,
      evaluation_id: row.evaluation_id,
      source: row.source,
      measured_at: row.measured_at.toISOString(),
      report: row.report,
    },
    benchmark: {
      service: 'inference',
      operation: `predictions of ${row.model_version} in batches over HTTP`,
      from: row.started_at.toISOString(),
      to: row.measured_at.toISOString(),
      operations: row.report.decisions,
      per_second: row.predictions_per_second,
      // Only whole batches were timed: the time of one prediction among them is not known.
      p50_ms: null,
      p95_ms: null,
      p99_ms: null,
    },
  }));
}
