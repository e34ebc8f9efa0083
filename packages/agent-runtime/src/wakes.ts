import type { JsonObject } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { Wake } from './agent.ts';

/** A wake that waits, with how many became one and how often it was tried. */
export interface PendingWake extends Wake {
  wakes: number;
  attempt: number;
}

interface Row {
  tenant: string;
  trigger: Wake['trigger'];
  reason: string;
  correlation_id: string;
  causation_id: string | null;
  input: JsonObject;
  wakes: number;
  attempt: number;
}

/** Leaves a wake in the service's schema: durable with the transaction it is written in, and heard by whichever replica
 *  holds the lease. One that waits already for the same tenant absorbs it. */
export async function leaveWake(
  where: Queryable,
  agent: string,
  wake: Wake,
  retry: { attempt: number; afterMs: number } = { attempt: 1, afterMs: 0 },
): Promise<void> {
  await where.query(
    `insert into agent_wakes as known
       (agent, tenant, trigger, reason, correlation_id, causation_id, input, attempt, not_before)
     values ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))
     on conflict (agent, tenant) do update set
       trigger = excluded.trigger, reason = excluded.reason,
       correlation_id = excluded.correlation_id, causation_id = excluded.causation_id,
       input = known.input || excluded.input,
       wakes = known.wakes + 1,
       attempt = least(known.attempt, excluded.attempt),
       not_before = least(known.not_before, excluded.not_before)`,
    [
      agent,
      wake.tenant,
      wake.trigger,
      wake.reason,
      wake.trace.correlationId,
      wake.trace.causationId,
      JSON.stringify(wake.input ?? {}),
      retry.attempt,
      retry.afterMs / 1000,
    ],
  );
}

/** Takes the wake that has been due the longest; null when none is. */
export async function takeWake(where: Queryable, agent: string): Promise<PendingWake | null> {
  const { rows } = await where.query<Row>(
    `delete from agent_wakes where (agent, tenant) in (
       select agent, tenant from agent_wakes where agent = $1 and not_before <= now()
       order by not_before, tenant limit 1 for update skip locked)
     returning tenant, trigger, reason, correlation_id, causation_id, input, wakes, attempt`,
    [agent],
  );
  const row = rows[0];
  if (!row) return null;
  return {
    trigger: row.trigger,
    tenant: row.tenant,
    reason: row.reason,
    trace: { correlationId: row.correlation_id, causationId: row.causation_id },
    input: row.input,
    wakes: row.wakes,
    attempt: row.attempt,
  };
}
