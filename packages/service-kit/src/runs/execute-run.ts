import { isFault } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { Logger } from 'pino';
import type { Progress } from '../types.ts';
import { lostHeartbeat, leaveForLater } from './lost-runs.ts';
import { recordEnd, type RunContext } from './run-events.ts';
import { defaultKind, runColumns, toRun, type Run, type RunError, type RunRecord, type RunRow } from './run.ts';
import { runWrites } from './run-writes.ts';
import { lastSequence, stepRecorder } from './step-recorder.ts';

export interface RunWork<Result> {
  /** Aborted when the run is cancelled, the service stops, or another process took the run over. */
  signal: AbortSignal;
  /** Whether somebody asked for the run to end: the signal alone may mean that it will be taken up again. */
  cancelled(): boolean;
  /** Called often, stored a few times a second; metrics travel with the step. */
  report(progress: Progress): void;
  /** Makes a part of the result readable before the end. */
  update(result: Partial<Result>): Promise<void>;
  /** Puts what was perceived or decided on the record. Nothing that follows from it happens before it is there.
   *  @throws `run.lost` (409) when another process took the run over */
  record(part: RunRecord): Promise<void>;
}

export interface RunExecution<Input, Result> {
  context: RunContext;
  /** Whose runs; `run` when absent. */
  kind?: string;
  /** How often a run is taken up again whose process ended before it did: for work that may be begun anew, or goes on from
   *  what `update` kept. 0 when absent: such a run fails, to be started by whoever wants it. */
  resume?: number;
  execute(run: Run<Input, Result>, work: RunWork<Result>): Promise<Result>;
  /** Told of every run that ended, however it ended; `cause` is what it failed with. What it writes through the transaction
   *  stands or falls with the end of the run: nobody waits for a run whose end was not told. */
  ended?(run: Run<Input, Result>, transaction: Queryable, cause?: unknown): Promise<void>;
}

export interface ClaimedRun<Input, Result> {
  run: Run<Input, Result>;
  owner: string;
  log: Logger;
  stopping: AbortSignal;
}

export const beatEveryMs = 1_000;

/** Executes a run that this process claimed, with a heartbeat, and puts its end on the record. */
export async function executeClaimed<Input extends object, Result extends object>(
  options: RunExecution<Input, Result>,
  { run: claimed, owner, log, stopping }: ClaimedRun<Input, Result>,
): Promise<void> {
  const { context, kind = defaultKind } = options;
  const span = context.tracing.begin({
    name: `${context.name} ${kind}`,
    kind: 'internal',
    trace: claimed.trace,
    attributes: { 'retort.run_id': claimed.runId, 'retort.tenant': claimed.tenant },
  });
  // What follows from the run stands beneath it.
  const run = span ? { ...claimed, trace: span.trace } : claimed;
  const { db, clock } = context;
  const cancelled = new AbortController();
  const writes = runWrites<Result>(db, { runId: run.runId, owner });
  const sequence = await lastSequence(db, run.runId);
  const steps = stepRecorder({ db, clock, runId: run.runId, owner, log, sequence });
  const heartbeat = setInterval(() => {
    void writes.beat().then(
      (wanted) => (wanted ? undefined : cancelled.abort(new Error('cancelled'))),
      (error: unknown) => log.warn({ err: error }, 'the heartbeat of a run was not stored'),
    );
  }, beatEveryMs);
  const execute = async (): Promise<Ending<Result>> => {
    try {
      const result = await options.execute(run, {
        signal: AbortSignal.any([cancelled.signal, stopping]),
        cancelled: () => cancelled.signal.aborted,
        report: steps.report,
        update: writes.update,
        record: writes.record,
      });
      return { state: 'succeeded', result };
    } catch (error) {
      if (cancelled.signal.aborted) return { state: 'cancelled' };
      if (stopping.aborted && (await leaveForLater({ db, ...options }, { runId: run.runId, owner })))
        return { state: 'left' };
      if (stopping.aborted) return { state: 'failed', error: lostHeartbeat, cause: error };
      log.error({ run_id: run.runId, attempt: run.attempt, err: error }, 'a run failed');
      return { state: 'failed', error: describe(error), cause: error };
    }
  };
  /** Where even this fails the run loses its heartbeat, and is found as one whose process ended. */
  const finish = async ({ state, result, error, cause }: Exclude<Ending<Result>, { state: 'left' }>) => {
    await steps.record({ fraction: state === 'succeeded' ? 1 : steps.fraction(), step: state });
    await db.transaction(async (transaction) => {
      const { rows } = await transaction.query<RunRow>(
        `update runs set state = $3, step = $3, fraction = $4, finished_at = $5, error = $6, result = result || $7::jsonb, owner = null
         where run_id = $1 and owner = $2 and state = 'running' returning ${runColumns}`,
        [
          run.runId,
          owner,
          state,
          steps.fraction(),
          clock(),
          error === undefined ? null : JSON.stringify(error),
          JSON.stringify(result ?? {}),
        ],
      );
      if (!rows[0]) return;
      const ended = { ...toRun<Input, Result>(rows[0]), trace: run.trace };
      await options.ended?.(ended, transaction, cause);
      await recordEnd(context, kind, ended);
    });
  };
  try {
    const ending = await execute();
    span?.end({ failed: ending.state === 'failed', attributes: { 'retort.run_state': ending.state } });
    if (ending.state === 'left') await steps.stored();
    else await finish(ending);
  } finally {
    clearInterval(heartbeat);
  }
}

type Ending<Result> =
  | { state: 'succeeded'; result: Result; error?: undefined; cause?: undefined }
  | { state: 'failed'; error: RunError; cause: unknown; result?: undefined }
  | { state: 'cancelled'; result?: undefined; error?: undefined; cause?: undefined }
  | { state: 'left' };

function describe(error: unknown): RunError {
  if (isFault(error)) return { code: error.code, message: error.detail.public };
  return { code: 'internal', message: 'Something went wrong on our side; the log names this run.' };
}
