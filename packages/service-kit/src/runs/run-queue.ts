import { setTimeout as delay } from 'node:timers/promises';
import type { RunState } from '@retort/contracts';
import { fault, type RunArea } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import { ensureTables } from '../tables.ts';
import type { Trace } from '../types.ts';
import { recordEnd, type RunContext } from './run-events.ts';
import { defaultKind, runColumns, toRun, type Run, type RunRow } from './run.ts';
import { runTables } from './tables.ts';

/** Runs of one kind that a tenant may have waiting. */
export const queuedRunsAtMost = 20;

export interface NewRun<Input> {
  runId: string;
  tenant: string;
  input: Input;
  trace: Trace;
  /** The platform began it by itself: it waits however many others do. */
  isOwn?: boolean;
}

export interface RunStep {
  sequence: number;
  at: string;
  fraction: number;
  step: string;
  metrics: Record<string, number> | null;
}

/** What the rest of a service knows of its runs: nobody else reads the tables. */
export interface RunQueue<Input, Result> {
  /** Makes the tables where they are missing: before anything else. */
  prepare(): Promise<void>;
  /** The same id again is the same run. Within a transaction the run begins when that commits.
   *  @throws `run.too-many-queued` (429) when 20 runs of the tenant wait already */
  enqueue(run: NewRun<Input>, transaction?: Queryable): Promise<Run<Input, Result>>;
  /** @throws `<area>.no-such-run` (404) */
  get(tenant: string, runId: string): Promise<Run<Input, Result>>;
  /** The newest first, after `after` where it is given. */
  list(options: RunList): Promise<Run<Input, Result>[]>;
  /** A queued run ends at once, a running one as soon as its owner learns of it; a finished one stays as it is. */
  cancel(tenant: string, runId: string): Promise<Run<Input, Result>>;
  /** A run that failed or was cancelled waits for its turn again, with what it knew; any other stays as it is.
   *  @throws `run.too-many-queued` (429) when 20 runs of the tenant wait already */
  resume(tenant: string, runId: string): Promise<Run<Input, Result>>;
  /** The steps of a run as they happen, after `after`; ends with the run. */
  follow(options: { tenant: string; runId: string; after: number; signal: AbortSignal }): AsyncIterable<RunStep>;
}
export interface RunList {
  tenant: string;
  limit: number;
  after?: RunPosition | undefined;
  /** ISO 8601: only runs that had finished by then; all when absent. */
  finishedBy?: string | undefined;
  /** Of every state when absent. */
  state?: RunState | undefined;
  /** Only runs whose input has these members, with these values. */
  input?: object | undefined;
  /** Only runs that are not waiting for their turn. */
  begun?: boolean | undefined;
}
/** Where a page of runs ended. */
export interface RunPosition {
  createdAt: string;
  runId: string;
}

export interface RunQueueOptions {
  context: Omit<RunContext, 'log' | 'tracing'>;
  /** First part of the codes of its faults, e.g. `training`. */
  area: RunArea;
  /** Names the queue where a service has several; `run` when absent. */
  kind?: string;
}

const followEveryMs = 250;

export function runQueue<Input extends object, Result extends object>(
  options: RunQueueOptions,
): RunQueue<Input, Result> {
  const { context, area, kind = defaultKind } = options;
  const { db, clock } = context;
  const get = async (tenant: string, runId: string) => {
    const { rows } = await db.query<RunRow>(
      `select ${runColumns} from runs where tenant = $1 and run_id = $2 and kind = $3`,
      [tenant, runId, kind],
    );
    if (rows[0]) return toRun<Input, Result>(rows[0]);
    throw fault(`${area}.no-such-run`, { public: 'There is no such run.' });
  };
  return {
    prepare: () => ensureTables(db, 'runs', runTables),
    async enqueue({ runId, tenant, input, trace, isOwn = false }, transaction = db) {
      await transaction.query(
        `insert into runs (run_id, tenant, state, input, correlation_id, causation_id, created_at, kind, trace_parent)
         select $1, $2, 'queued', $3, $4, $5, $6, $7, $8
         where $9::int is null or (select count(*) from runs where tenant = $2 and kind = $7 and state = 'queued') < $9
         on conflict do nothing`,
        [
          runId,
          tenant,
          JSON.stringify(input),
          trace.correlationId,
          trace.causationId,
          clock(),
          kind,
          trace.traceParent ?? null,
          isOwn ? null : queuedRunsAtMost,
        ],
      );
      const { rows } = await transaction.query<RunRow>(
        `select ${runColumns} from runs where run_id = $1 and kind = $2`,
        [runId, kind],
      );
      if (rows[0]) return toRun<Input, Result>(rows[0]);
      const { rowCount: others } = await transaction.query('select 1 from runs where run_id = $1', [runId]);
      if (others === 0) throw tooManyQueued();
      throw new Error(`run ${runId} is of another queue than ${kind}`);
    },
    get,
    async list({ tenant, limit, after, state, finishedBy, input, begun = false }) {
      const { rows } = await db.query<RunRow>(
        `select ${runColumns} from runs
         where tenant = $1 and ($2::timestamptz is null or (created_at, run_id) < ($2, $3))
           and ($5::text is null or state = $5) and kind = $6 and ($7::timestamptz is null or finished_at <= $7)
           and ($8::jsonb is null or input @> $8) and not ($9 and state = 'queued')
         order by created_at desc, run_id desc limit $4`,
        [
          tenant,
          after?.createdAt ?? null,
          after?.runId ?? null,
          limit,
          state ?? null,
          kind,
          finishedBy ?? null,
          input === undefined ? null : JSON.stringify(input),
          begun,
        ],
      );
      return rows.map((row) => toRun<Input, Result>(row));
    },
    async cancel(tenant, runId) {
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.query<RunRow>(
          `update runs set
             cancel_requested = true,
             state = case when state = 'queued' then 'cancelled' else state end,
             step = case when state = 'queued' then 'cancelled' else step end,
             finished_at = case when state = 'queued' then $3 else finished_at end
           where tenant = $1 and run_id = $2 and kind = $4 and state in ('queued', 'running') returning ${runColumns}`,
          [tenant, runId, clock(), kind],
        );
        for (const row of rows) await recordEnd(context, kind, toRun<Input, Result>(row));
      });
      return get(tenant, runId);
    },
    async resume(tenant, runId) {
      // The run as it was put back: by the time it were read again, somebody may have taken it up.
      const { rows } = await db.query<RunRow>(
        `update runs set state = 'queued', step = 'queued', cancel_requested = false, finished_at = null, error = null, resumed = 0
         where tenant = $1 and run_id = $2 and kind = $3 and state in ('failed', 'cancelled')
           and (select count(*) from runs where tenant = $1 and kind = $3 and state = 'queued') < $4
         returning ${runColumns}`,
        [tenant, runId, kind, queuedRunsAtMost],
      );
      if (rows[0]) return toRun<Input, Result>(rows[0]);
      const run = await get(tenant, runId);
      if (run.state === 'failed' || run.state === 'cancelled') throw tooManyQueued();
      return run;
    },
    async *follow({ tenant, runId, after, signal }) {
      let last = after;
      for (;;) {
        // The state is read before the steps: whatever a finished run wrote is there by then.
        const { state } = await get(tenant, runId);
        const { rows } = await db.query<RunStep & { at: Date }>(
          'select sequence, at, fraction, step, metrics from run_progress where run_id = $1 and sequence > $2 order by sequence',
          [runId, last],
        );
        for (const row of rows) {
          yield { ...row, at: row.at.toISOString() };
          last = row.sequence;
        }
        if ((state !== 'queued' && state !== 'running') || signal.aborted) return;
        await delay(followEveryMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
      }
    },
  };
}

function tooManyQueued() {
  return fault('run.too-many-queued', {
    retryAfter: 60,
    public: `${queuedRunsAtMost} runs of this kind wait for the tenant already.`,
  });
}
