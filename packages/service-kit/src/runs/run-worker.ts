import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isFault, type Clock } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import type { Logger } from 'pino';
import { traced } from '../log.ts';
import type { Loop, Progress } from '../types.ts';
import { giveUpLost, leaveForLater } from './lost-runs.ts';
import { columns, defaultKind, toRun, type Run, type RunRow } from './run-queue.ts';
import { lastSequence, stepRecorder } from './step-recorder.ts';

export interface RunWork<Result> {
  /** Aborted when the run is cancelled or the service stops. */
  signal: AbortSignal;
  /** Whether somebody asked for the run to end: the signal alone may mean that it will be taken up again. */
  cancelled(): boolean;
  /** Told often, stored a few times a second; metrics travel with the step. */
  report(progress: Progress): void;
  /** Makes a part of the result readable before the end. */
  update(result: Partial<Result>): Promise<void>;
}

export interface RunWorkerOptions<Input, Result> {
  name: string;
  db: Database;
  clock: Clock;
  log: Logger;
  /** Whose runs it takes, where the service has several queues. */
  kind?: string;
  /** How often a run is taken up again whose process ended before it did: for work that may be begun anew, or goes on from
   *  what `update` kept. 0 when absent: such a run fails, to be started by whoever wants it. */
  resume?: number;
  execute(run: Run<Input, Result>, work: RunWork<Result>): Promise<Result>;
  /** Told of every run that ended, however it ended. What it writes through the transaction stands or falls with the end
   *  of the run: nobody waits for a run whose end was not told. */
  ended?(run: Run<Input, Result>, transaction: Queryable): Promise<void>;
}

const lookEveryMs = 250;
const beatEveryMs = 1_000;

/** Executes queued runs, one at a time in this process. Several processes share a queue: each run is claimed by one. A
 *  run whose process died waits for its turn again, so many times, and is then marked as failed. */
export function runWorker<Input extends object, Result extends object>(options: RunWorkerOptions<Input, Result>): Loop {
  const { name, db, kind = defaultKind, log } = options;
  const owner = randomUUID();
  return {
    name,
    async run(signal) {
      let lookedForLost = 0;
      while (!signal.aborted) {
        if (Date.now() - lookedForLost > beatEveryMs * 5) {
          lookedForLost = Date.now();
          await db.transaction(async (transaction) => {
            for (const run of await giveUpLost<Input, Result>(transaction, { ...options, kind }))
              await options.ended?.(run, transaction);
          });
        }
        const claimed = await claim<Input, Result>(db, owner, kind);
        if (claimed)
          await executeClaimed(options, { run: claimed, owner, log: traced(log, claimed.trace), stopping: signal });
        else await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

async function claim<Input, Result>(db: Database, owner: string, kind: string): Promise<Run<Input, Result> | null> {
  const { rows } = await db.query<RunRow>(
    `update runs set state = 'running', step = 'started', owner = $1, heartbeat_at = now()
     where run_id = (select run_id from runs where state = 'queued' and kind = $2 order by created_at, run_id
                     limit 1 for update skip locked)
     returning ${columns}`,
    [owner, kind],
  );
  return rows[0] ? toRun<Input, Result>(rows[0]) : null;
}

interface Claimed<Input, Result> {
  run: Run<Input, Result>;
  owner: string;
  log: Logger;
  stopping: AbortSignal;
}

async function executeClaimed<Input extends object, Result extends object>(
  options: RunWorkerOptions<Input, Result>,
  { run, owner, log, stopping }: Claimed<Input, Result>,
): Promise<void> {
  const { db, clock } = options;
  const cancelled = new AbortController();
  const sequence = await lastSequence(db, run.runId);
  const steps = stepRecorder({ db, clock, runId: run.runId, owner, log, sequence });
  const heart = setInterval(() => {
    void beat(db, run.runId, owner).then(
      (wanted) => (wanted ? undefined : cancelled.abort(new Error('cancelled'))),
      (error: unknown) => log.warn({ err: error }, 'a run could not show that it is alive'),
    );
  }, beatEveryMs);
  const execute = async (): Promise<Ending<Result>> => {
    try {
      const result = await options.execute(run, {
        signal: AbortSignal.any([cancelled.signal, stopping]),
        cancelled: () => cancelled.signal.aborted,
        report: steps.report,
        update: async (partial) => {
          await db.query('update runs set result = result || $3::jsonb where run_id = $1 and owner = $2', [
            run.runId,
            owner,
            JSON.stringify(partial),
          ]);
        },
      });
      return { state: 'succeeded', result };
    } catch (error) {
      if (cancelled.signal.aborted) return { state: 'cancelled' };
      if (stopping.aborted && (await leaveForLater(options, { runId: run.runId, owner }))) return { state: 'left' };
      if (stopping.aborted) return { state: 'failed', error: interrupted };
      log.error({ run_id: run.runId, err: error }, 'a run failed');
      return { state: 'failed', error };
    }
  };
  /** Where even this fails the run has no heart any more, and is found as one whose process died. */
  const finish = async ({ state, result, error }: Exclude<Ending<Result>, { state: 'left' }>) => {
    await steps.record({ fraction: state === 'succeeded' ? 1 : steps.fraction(), step: state });
    await db.transaction(async (transaction) => {
      const { rows } = await transaction.query<RunRow>(
        `update runs set state = $3, step = $3, fraction = $4, finished_at = $5, error = $6, result = result || $7::jsonb, owner = null
         where run_id = $1 and owner = $2 and state = 'running' returning ${columns}`,
        [
          run.runId,
          owner,
          state,
          steps.fraction(),
          clock(),
          error === undefined ? null : JSON.stringify(describe(error)),
          JSON.stringify(result ?? {}),
        ],
      );
      if (rows[0]) await options.ended?.(toRun<Input, Result>(rows[0]), transaction);
    });
  };
  try {
    const ending = await execute();
    if (ending.state === 'left') await steps.stored();
    else await finish(ending);
  } finally {
    clearInterval(heart);
  }
}

type Ending<Result> =
  | { state: 'succeeded'; result: Result; error?: undefined }
  | { state: 'failed'; error: unknown; result?: undefined }
  | { state: 'cancelled'; result?: undefined; error?: undefined }
  | { state: 'left' };

const interrupted = {
  code: 'run.interrupted',
  message: 'The service was stopped before this run was done. It may be started again.',
};

function describe(error: unknown): { code: string; message: string } {
  if (error === interrupted) return interrupted;
  if (isFault(error)) return { code: error.code, message: error.detail.public };
  return { code: 'internal', message: 'Something went wrong on our side; the log names this run.' };
}

/** Resolves to false when somebody asked for the run to end, or another process took it for lost. */
async function beat(db: Database, runId: string, owner: string): Promise<boolean> {
  const { rows } = await db.query<{ cancel_requested: boolean }>(
    `update runs set heartbeat_at = now() where run_id = $1 and owner = $2 and state = 'running' returning cancel_requested`,
    [runId, owner],
  );
  return rows[0] !== undefined && !rows[0].cancel_requested;
}
