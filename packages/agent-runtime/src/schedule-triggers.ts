import type { Clock, NewId } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import type { Trigger } from './agent.ts';

export interface AgentSchedule {
  agent: string;
  /** Runs by itself, every so many milliseconds, for each of these tenants; never when absent. */
  schedule: { everyMs: number; tenants: () => Promise<readonly string[]> } | undefined;
  db: Database;
  clock: Clock;
  newId: NewId;
  leave(trigger: Trigger, transaction: Queryable): Promise<void>;
}

/** Leaves the scheduled triggers once they are due. The first time is one period after the agent first came up. */
export async function triggerBySchedule({ agent, schedule, db, clock, newId, leave }: AgentSchedule): Promise<void> {
  if (!schedule) return;
  const now = clock();
  const { rows } = await db.query<{ scheduled_at: Date }>(
    `update agent_leases set scheduled_at = coalesce(scheduled_at, $2) where agent = $1 returning scheduled_at`,
    [agent, now],
  );
  const last = rows[0]?.scheduled_at;
  if (!last || last.getTime() + schedule.everyMs > now.getTime()) return;
  const tenants = await schedule.tenants();
  await db.transaction(async (transaction) => {
    for (const tenant of tenants) {
      const trace = { correlationId: newId(), causationId: null };
      await leave({ kind: 'schedule', tenant, reason: 'it is time', trace }, transaction);
    }
    await transaction.query('update agent_leases set scheduled_at = $2 where agent = $1', [agent, now]);
  });
}
