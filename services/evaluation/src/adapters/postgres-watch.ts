import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { DriftReport, VersionKey, WatchHistory, WatchRecord } from '../app/watch-record.ts';
import { toolMixMonitor } from '../domain/watch.ts';

export function postgresWatch(db: Queryable): WatchRecord {
  return {
    history: (version) => watchHistory(db, version),
    recordDrift: (report) => recordDrift(db, report),
  };
}

async function watchHistory(db: Queryable, { tenant, model, modelVersion }: VersionKey): Promise<WatchHistory> {
  const { rows } = await db.query<{ verdict: string }>(
    `select verdict from drift_reports where tenant = $1 and model = $2 and model_version = $3
     order by window_to desc, report_id limit 100`,
    [tenant, model, modelVersion],
  );
  const calm = rows.findIndex(({ verdict }) => verdict !== 'drifted');
  const asked = await db.query('select 1 from retrainings where tenant = $1 and model = $2 and model_version = $3', [
    tenant,
    model,
    modelVersion,
  ]);
  return { driftedBefore: calm < 0 ? rows.length : calm, retrainingAsked: asked.rowCount > 0 };
}

async function recordDrift(db: Queryable, { tenant, reportId, verdict }: DriftReport): Promise<void> {
  const { model, modelVersion, drift, window } = verdict;
  await db.query(
    `insert into drift_reports (tenant, report_id, model, model_version, monitor, statistic, critical, verdict, decisions,
                                window_from, window_to)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
    [
      tenant,
      reportId,
      model,
      modelVersion,
      toolMixMonitor,
      drift.statistic,
      Number.isFinite(drift.critical) ? drift.critical : null,
      drift.verdict,
      window.decisions,
      window.from,
      window.to,
    ],
  );
}

/** Events of earlier releases do not say which version gave rise to them. */
export async function storeRetraining(
  { tenant, time, data }: ReceivedEvent<'RETRAIN_TRIGGERED'>,
  transaction: Queryable,
): Promise<void> {
  if (data.model_version === undefined) return;
  await transaction.query(
    `insert into retrainings (tenant, model, model_version, reason, asked_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [tenant, data.model, data.model_version, data.reason, time],
  );
}
