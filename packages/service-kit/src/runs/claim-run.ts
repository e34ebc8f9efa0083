import type { Clock } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { runColumns, toRun, type Run, type RunRow } from './run.ts';

export interface Claim {
  kind: string;
  owner: string;
  clock: Clock;
  /** The fencing token of the lease under which the run is executed. */
  token?: bigint;
}

/** Takes the run that has waited the longest of the tenant whose last run began the longest ago: tenants take turns, however
 *  many runs one of them has queued. null when none is due. Each run is claimed by one process. */
export async function claimRun<Input, Result>(
  db: Database,
  { kind, owner, clock, token }: Claim,
): Promise<Run<Input, Result> | null> {
  const { rows } = await db.query<RunRow>(
    `update runs set state = 'running', step = 'started', owner = $1, heartbeat_at = now(), started_at = $3, token = $4
     where run_id = (select run_id from runs waiting
                     where state = 'queued' and kind = $2 and (not_before is null or not_before <= now())
                     order by (select max(started_at) from runs begun where begun.kind = $2 and begun.tenant = waiting.tenant)
                                nulls first,
                              created_at, run_id
                     limit 1 for update skip locked)
     returning ${runColumns}`,
    [owner, kind, clock(), token?.toString() ?? null],
  );
  return rows[0] ? toRun<Input, Result>(rows[0]) : null;
}
