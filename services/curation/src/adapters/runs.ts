import { curationRun, type CurationRun, type CurationRunInput, type TrainingDataCurated } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { Trace } from '@retort/service-kit';

/** A run as the worker of the queue sees it. */
export interface ClaimedRun {
  tenant: string;
  runId: string;
  parameters: CurationRunInput;
  trace: Trace;
  result: TrainingDataCurated | null;
}

export interface NewRun {
  tenant: string;
  runId: string;
  parameters: CurationRunInput;
  trace: Trace;
  createdAt: Date;
}

export interface RunError {
  code: string;
  message: string;
}

export async function enqueueRun(database: Queryable, run: NewRun): Promise<void> {
  await database.query(
    `insert into curation_runs (tenant, run_id, state, parameters, correlation_id, causation_id, created_at)
     values ($1, $2, 'queued', $3, $4, $5, $6) on conflict do nothing`,
    [
      ...[run.tenant, run.runId, JSON.stringify(run.parameters)],
      ...[run.trace.correlationId, run.trace.causationId, run.createdAt],
    ],
  );
}

/** Takes the oldest waiting run; null when none waits. Two workers never take the same one. */
export async function claimRun(database: Queryable, now: Date, leaseUntil: Date): Promise<ClaimedRun | null> {
  return claim(database, leaseUntil, `state = 'queued' and created_at <= $2`, now);
}

/** Takes over a run whose worker is gone. */
export async function claimInterruptedRun(
  database: Queryable,
  now: Date,
  leaseUntil: Date,
): Promise<ClaimedRun | null> {
  return claim(database, leaseUntil, `state = 'running' and lease_until < $2`, now);
}

async function claim(database: Queryable, leaseUntil: Date, which: string, now: Date): Promise<ClaimedRun | null> {
  const { rows } = await database.query<RunRow>(
    `update curation_runs set state = 'running', lease_until = $1
     where (tenant, run_id) = (select tenant, run_id from curation_runs where ${which}
                               order by created_at limit 1 for update skip locked)
     returning *`,
    [leaseUntil, now],
  );
  const row = rows[0];
  if (!row) return null;
  const trace = { correlationId: row.correlation_id, causationId: row.causation_id };
  return { tenant: row.tenant, runId: row.run_id, parameters: row.parameters, trace, result: row.result };
}

type RunKey = Pick<ClaimedRun, 'tenant' | 'runId'>;

/** Notes how far a run has come and renews its lease. False when it is no longer running, e.g. was cancelled. */
export async function renewRun(
  database: Queryable,
  { tenant, runId }: RunKey,
  progress: { fraction: number; step: string; leaseUntil: Date },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `update curation_runs set fraction = $3, step = $4, lease_until = $5
     where tenant = $1 and run_id = $2 and state = 'running'`,
    [tenant, runId, progress.fraction, progress.step, progress.leaseUntil],
  );
  return rowCount === 1;
}

/** The data set stands: from here on the run can only succeed. False when the run was cancelled before. */
export async function noteResult(
  transaction: Queryable,
  { tenant, runId }: RunKey,
  result: TrainingDataCurated,
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `update curation_runs set result = $3, fraction = 0.99, step = 'publishing'
     where tenant = $1 and run_id = $2 and state = 'running'`,
    [tenant, runId, JSON.stringify(result)],
  );
  return rowCount === 1;
}

export async function finishRun(
  database: Queryable,
  { tenant, runId }: RunKey,
  end: { state: 'succeeded' | 'failed'; at: Date; error: RunError | null },
): Promise<void> {
  await database.query(
    `update curation_runs
     set state = $3, finished_at = $4, error = $5, lease_until = null,
         fraction = case when $3 = 'succeeded' then 1 else fraction end,
         step = case when $3 = 'succeeded' then 'done' else step end
     where tenant = $1 and run_id = $2 and state = 'running'`,
    [tenant, runId, end.state, end.at, end.error === null ? null : JSON.stringify(end.error)],
  );
}

/** Cancels a run that has not produced its data set yet; returns its state afterwards, null when there is no such run. */
export async function cancelRun(database: Queryable, { tenant, runId }: RunKey, at: Date): Promise<CurationRun | null> {
  await database.query(
    `update curation_runs set state = 'cancelled', finished_at = $3, lease_until = null
     where tenant = $1 and run_id = $2 and state in ('queued', 'running') and result is null`,
    [tenant, runId, at],
  );
  return findRun(database, { tenant, runId });
}

export async function findRun(database: Queryable, { tenant, runId }: RunKey): Promise<CurationRun | null> {
  const { rows } = await database.query<RunRow>('select * from curation_runs where tenant = $1 and run_id::text = $2', [
    tenant,
    runId,
  ]);
  return rows[0] ? viewOf(rows[0]) : null;
}

/** Newest first, after a place in that order. */
export async function listRuns(
  database: Queryable,
  { tenant, after, limit }: { tenant: string; after: { createdAt: string; runId: string } | null; limit: number },
): Promise<CurationRun[]> {
  const { rows } = await database.query<RunRow>(
    `select * from curation_runs where tenant = $1
       and ($2::timestamptz is null or (date_trunc('milliseconds', created_at), run_id) < ($2::timestamptz, $3::uuid))
     order by date_trunc('milliseconds', created_at) desc, run_id desc limit $4`,
    [tenant, after?.createdAt ?? null, after?.runId ?? null, limit],
  );
  return rows.map(viewOf);
}

interface RunRow {
  tenant: string;
  run_id: string;
  state: CurationRun['state'];
  parameters: CurationRunInput;
  correlation_id: string;
  causation_id: string | null;
  created_at: Date;
  finished_at: Date | null;
  fraction: number;
  step: string;
  result: TrainingDataCurated | null;
  error: RunError | null;
}

function viewOf(row: RunRow): CurationRun {
  return curationRun.parse({
    run_id: row.run_id,
    state: row.state,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    progress: { fraction: row.fraction, step: row.step },
    parameters: row.parameters,
    result: row.state === 'succeeded' ? row.result : null,
    error: row.error,
  });
}
