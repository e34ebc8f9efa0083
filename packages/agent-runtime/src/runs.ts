import type { JsonObject, JsonValue } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { Progress } from '@retort/service-kit';
import type { Lease } from './lease.ts';
import type { PendingWake } from './wakes.ts';

export type RunState = 'running' | 'succeeded' | 'nothing-to-do' | 'failed' | 'interrupted';

/** What an agent's run leaves behind: what it saw, what it decided and why, what came of it. */
export interface RunRecord {
  id: string;
  agent: string;
  tenant: string;
  state: RunState;
  trigger: PendingWake['trigger'];
  reason: string;
  /** So many wakes became this run. */
  wakes: number;
  /** From 1; above 1 it is tried again. */
  attempt: number;
  correlation_id: string;
  causation_id: string | null;
  progress: Progress;
  perception: JsonValue;
  decision: JsonValue;
  why: string | null;
  outcome: JsonValue;
  error: { code: string; message: string } | null;
  started_at: Date;
  perceived_at: Date | null;
  decided_at: Date | null;
  finished_at: Date | null;
}

const columns = `id, agent, tenant, state, trigger, reason, wakes, attempt, correlation_id, causation_id, progress,
  perception, decision, why, outcome, error, started_at, perceived_at, decided_at, finished_at`;

export async function openRun(
  where: Queryable,
  run: { id: string; lease: Lease; wake: PendingWake; startedAt: Date },
): Promise<void> {
  const { id, lease, wake, startedAt } = run;
  await where.query(
    `insert into agent_runs (id, agent, tenant, state, trigger, reason, input, wakes, attempt, correlation_id,
       causation_id, fencing_token, started_at)
     values ($1, $2, $3, 'running', $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      id,
      lease.agent,
      wake.tenant,
      wake.trigger,
      wake.reason,
      JSON.stringify(wake.input ?? {}),
      wake.wakes,
      wake.attempt,
      wake.trace.correlationId,
      wake.trace.causationId,
      lease.token.toString(),
      startedAt,
    ],
  );
}

/** What is learnt about a run as it goes; absent members stay as they are. */
export interface RunUpdate {
  state?: RunState;
  progress?: Progress;
  perception?: JsonValue;
  decision?: JsonValue;
  why?: string;
  outcome?: JsonValue;
  error?: { code: string; message: string };
  perceivedAt?: Date;
  decidedAt?: Date;
  finishedAt?: Date;
}

/** Writes to a run that is still open; one that was closed by whoever took over stays as it is: then false. */
export async function updateRun(where: Queryable, id: string, update: RunUpdate): Promise<boolean> {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  const { rowCount } = await where.query(
    `update agent_runs set
       state = coalesce($2, state), progress = coalesce($3, progress), perception = coalesce($4, perception),
       decision = coalesce($5, decision), why = coalesce($6, why), outcome = coalesce($7, outcome),
       error = coalesce($8, error), perceived_at = coalesce($9, perceived_at),
       decided_at = coalesce($10, decided_at), finished_at = coalesce($11, finished_at)
     where id = $1 and state = 'running'`,
    [
      id,
      update.state ?? null,
      json(update.progress),
      json(update.perception),
      json(update.decision),
      update.why ?? null,
      json(update.outcome),
      json(update.error),
      update.perceivedAt ?? null,
      update.decidedAt ?? null,
      update.finishedAt ?? null,
    ],
  );
  return rowCount === 1;
}

/** A run that ended with its process, and what it was woken with. */
export type InterruptedRun = RunRecord & { input: JsonObject };

/** Closes the runs that earlier holders of the lease left open, and returns them. */
export async function closeInterrupted(where: Queryable, lease: Lease, now: Date): Promise<InterruptedRun[]> {
  const { rows } = await where.query<InterruptedRun>(
    `update agent_runs set state = 'interrupted', finished_at = $3
     where agent = $1 and state = 'running' and fencing_token < $2
     returning ${columns}, input`,
    [lease.agent, lease.token.toString(), now],
  );
  return rows;
}

export async function findRun(
  where: Queryable,
  key: { agent: string; tenant: string; id: string },
): Promise<RunRecord | null> {
  const { rows } = await where.query<RunRecord>(
    `select ${columns} from agent_runs where agent = $1 and tenant = $2 and id::text = $3`,
    [key.agent, key.tenant, key.id],
  );
  return rows[0] ?? null;
}

/** Newest first; `before` is where the page before ended. */
export async function listRuns(
  where: Queryable,
  query: { agent: string; tenant: string; limit: number; before: { startedAt: string; id: string } | null },
): Promise<RunRecord[]> {
  const { agent, tenant, limit, before } = query;
  const { rows } = await where.query<RunRecord>(
    `select ${columns} from agent_runs
     where agent = $1 and tenant = $2
       and ($3::timestamptz is null or (started_at, id) < ($3::timestamptz, $4::uuid))
     order by started_at desc, id desc limit $5`,
    [agent, tenant, before?.startedAt ?? null, before?.id ?? null, limit],
  );
  return rows;
}
