import type { Clock } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import { interruptedCode, runColumns, toRun, type Run, type RunError, type RunRow } from './run.ts';

export const lostHeartbeat: RunError = {
  code: interruptedCode,
  message: 'The process that executed this run ended before the run did. It may be started again.',
};

export interface LostRuns {
  clock: Clock;
  kind: string;
  /** How often a run is put back at most; never when absent. */
  resume?: number;
  /** The present holder's fencing token: what earlier holders left running is lost. Without one, a run is lost that had no
   *  heartbeat for a while. */
  token?: bigint;
}

/** What becomes of a run without an owner. Nobody wants back what somebody asked to end. */
const afterwards = `(case when cancel_requested then 'cancelled' when resumed < $5::int then 'queued' else 'failed' end)`;

/** A run without a heartbeat for so long has lost its owner. */
const silentSeconds = 15;

/** Puts back the runs that lost their heartbeat, and returns those that were put back too often and are marked as failed
 *  instead, or were to be cancelled. */
export async function endLostRuns<Input, Result>(
  where: Queryable,
  { clock, kind, resume = 0, token }: LostRuns,
): Promise<Run<Input, Result>[]> {
  const { rows } = await where.query<RunRow>(
    `update runs set
       state = ${afterwards},
       resumed = resumed + 1, step = 'interrupted', owner = null,
       finished_at = case ${afterwards} when 'queued' then null else $1::timestamptz end,
       error = case ${afterwards} when 'failed' then $2::jsonb end
     where state = 'running' and kind = $4
       and case when $6::bigint is null then heartbeat_at < now() - make_interval(secs => $3) else token < $6 end
     returning ${runColumns}`,
    [clock(), JSON.stringify(lostHeartbeat), silentSeconds, kind, resume, token?.toString() ?? null],
  );
  return rows.map((row) => toRun<Input, Result>(row)).filter(({ state }) => state !== 'queued');
}

/** Puts a run back that this process cannot finish, for whoever comes next; false when it was put back too often. */
export async function leaveForLater(
  { db, resume = 0 }: { db: Database; resume?: number },
  { runId, owner }: { runId: string; owner: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update runs set state = 'queued', step = 'interrupted', resumed = resumed + 1, owner = null
     where run_id = $1 and owner = $2 and state = 'running' and resumed < $3 and not cancel_requested`,
    [runId, owner, resume],
  );
  return rowCount === 1;
}
