import type { Clock } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import { columns, toRun, type Run, type RunRow } from './run-queue.ts';

interface LostRuns {
  /** How often a run is put back at most; never when absent. */
  resume?: number;
}

/** What becomes of a run without an owner. Nobody wants back what somebody asked to end. */
const afterwards = `(case when cancel_requested then 'cancelled' when resumed < $5::int then 'queued' else 'failed' end)`;

/** A run whose owner has been silent for so long has none any more. */
const silentSeconds = 15;

/** Puts back the runs whose owner has been silent for too long, and returns those that were put back too often and are
 *  marked as failed instead, or were to be cancelled. */
export async function giveUpLost<Input, Result>(
  where: Queryable,
  { clock, kind, resume = 0 }: LostRuns & { clock: Clock; kind: string },
): Promise<Run<Input, Result>[]> {
  const { rows } = await where.query<RunRow>(
    `update runs set
       state = ${afterwards},
       resumed = resumed + 1, step = 'interrupted', owner = null,
       finished_at = case ${afterwards} when 'queued' then null else $1::timestamptz end,
       error = case ${afterwards} when 'failed' then $2::jsonb end
     where state = 'running' and kind = $4 and heartbeat_at < now() - make_interval(secs => $3) returning ${columns}`,
    [
      clock(),
      JSON.stringify({
        code: 'run.interrupted',
        message: 'The process that had this run ended before it was done. It may be started again.',
      }),
      silentSeconds,
      kind,
      resume,
    ],
  );
  return rows.map((row) => toRun<Input, Result>(row)).filter(({ state }) => state !== 'queued');
}

/** Puts a run back that this process cannot finish, for whoever comes next; false when it was put back too often. */
export async function leaveForLater(
  { db, resume = 0 }: LostRuns & { db: Database },
  { runId, owner }: { runId: string; owner: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update runs set state = 'queued', step = 'interrupted', resumed = resumed + 1, owner = null
     where run_id = $1 and owner = $2 and state = 'running' and resumed < $3 and not cancel_requested`,
    [runId, owner, resume],
  );
  return rowCount === 1;
}
