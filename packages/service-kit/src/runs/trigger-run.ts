import type { JsonObject } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { Trace } from '../types.ts';
import type { RunTrigger } from './run.ts';

export interface TriggeredRun {
  kind: string;
  /** Of the run that begins where none waits already. */
  runId: string;
  tenant: string;
  trigger: Omit<RunTrigger, 'count'>;
  trace: Trace;
  input: JsonObject;
  createdAt: Date;
  /** 1 when absent; above 1 an earlier run failed and is tried again. */
  attempt?: number;
  /** Begins so much later at the earliest. */
  afterMs?: number;
}

/** Has a run begin, durable with the transaction it is written in. A run of this kind that waits already for the same tenant
 *  absorbs the trigger: the last one's reason, trace and members of the input win. */
export async function triggerRun(where: Queryable, run: TriggeredRun): Promise<void> {
  const { kind, runId, tenant, trigger, trace, input, createdAt, attempt = 1, afterMs = 0 } = run;
  await where.query(
    `insert into runs (run_id, tenant, state, input, correlation_id, causation_id, created_at, kind, trigger, attempt,
                       not_before, trace_parent)
     values ($1, $2, 'queued', $3, $4, $5, $6, $7, $8::jsonb, $9, now() + make_interval(secs => $10), $11)
     on conflict (kind, tenant) where state = 'queued' and trigger is not null do update set
       trigger = excluded.trigger || jsonb_build_object('count', (runs.trigger ->> 'count')::int + 1),
       correlation_id = excluded.correlation_id, causation_id = excluded.causation_id,
       trace_parent = excluded.trace_parent,
       input = runs.input || excluded.input,
       attempt = least(runs.attempt, excluded.attempt),
       not_before = least(runs.not_before, excluded.not_before)`,
    [
      runId,
      tenant,
      JSON.stringify(input),
      trace.correlationId,
      trace.causationId,
      createdAt,
      kind,
      JSON.stringify({ ...trigger, count: 1 }),
      attempt,
      afterMs / 1000,
      trace.traceParent ?? null,
    ],
  );
}
