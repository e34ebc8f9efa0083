import type { RunState } from '@retort/contracts';
import type { JsonValue } from '@retort/kernel';
import type { Trace } from '../types.ts';

/** A long piece of work that a caller may watch, cancel and read the outcome of. An agent is a run with a trigger. */
export interface Run<Input, Result> {
  runId: string;
  tenant: string;
  state: RunState;
  input: Input;
  /** Filled as it becomes known; complete once the run succeeded. */
  result: Partial<Result>;
  progress: { fraction: number; step: string };
  error: RunError | null;
  trace: Trace;
  createdAt: string;
  /** null while it waits, and for runs from before this was kept. */
  startedAt: string | null;
  finishedAt: string | null;
  /** From 1; a failed run that is tried again is a run of its own. */
  attempt: number;
  /** What set it off; null where somebody asked for it. */
  trigger: RunTrigger | null;
  record: RunRecord;
}

export interface RunError {
  code: string;
  message: string;
}

export interface RunTrigger {
  kind: 'schedule' | 'event' | 'manual';
  /** In words, for the record. */
  reason: string;
  /** So many triggers became this run. */
  count: number;
}

/** What was perceived and decided; absent until it is known. Moments are ISO 8601. */
export interface RunRecord {
  perception?: JsonValue;
  perceived_at?: string;
  decision?: JsonValue;
  why?: string;
  decided_at?: string;
}

/** Of a service that has one queue. */
export const defaultKind = 'run';

/** Of a run whose process ended before it did. */
export const interruptedCode = 'run.interrupted';

export const runColumns = `run_id, tenant, state, input, result, fraction, step, error, correlation_id, causation_id,
  created_at, started_at, finished_at, attempt, trigger, record, trace_parent`;

export interface RunRow {
  run_id: string;
  tenant: string;
  state: RunState;
  input: unknown;
  result: unknown;
  fraction: number;
  step: string;
  error: RunError | null;
  correlation_id: string;
  causation_id: string | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  attempt: number;
  trigger: RunTrigger | null;
  record: RunRecord;
  trace_parent: string | null;
}

export function toRun<Input, Result>(row: RunRow): Run<Input, Result> {
  return {
    runId: row.run_id,
    tenant: row.tenant,
    state: row.state,
    input: row.input as Input,
    result: row.result as Partial<Result>,
    progress: { fraction: row.fraction, step: row.step },
    error: row.error,
    trace: {
      correlationId: row.correlation_id,
      causationId: row.causation_id,
      traceParent: row.trace_parent ?? undefined,
    },
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    attempt: row.attempt,
    trigger: row.trigger,
    record: row.record,
  };
}
