import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isFault, type Clock } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import type { Logger } from 'pino';
import { describeError, traced } from '../log.ts';
import type { Loop, Progress } from '../types.ts';
import { columns, defaultKind, toRun, type Run, type RunRow } from './run-queue.ts';

export interface RunWork<Result> {
  /** Aborted when the run is cancelled or the service stops. */
  signal: AbortSignal;
  /** Told often, stored a few times a second; metrics travel with the step. */
  report(progress: Progress & { metrics?: Record<string, number> }): void;
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
  execute(run: Run<Input, Result>, work: RunWork<Result>): Promise<Result>;
  /** Told of every run that ended here, however it ended. */
  ended?(run: Run<Input, Result>): Promise<void>;
}

const lookEveryMs = 250;
const beatEveryMs = 1_000;
/** A run whose owner has been silent for so long is given up. */
const silentSeconds = 15;
const storeEveryMs = 250;

/** Executes queued runs, one at a time in this process. Several processes share a queue: each run is claimed by one. A
 *  run whose process died is marked as failed, to be started anew by whoever wants it. */
export function runWorker<Input extends object, Result extends object>(options: RunWorkerOptions<Input, Result>): Loop {
  const { name, db, clock, log, kind = defaultKind } = options;
  const owner = randomUUID();
  return {
    name,
    async run(signal) {
      let lookedForLost = 0;
      while (!signal.aborted) {
        if (Date.now() - lookedForLost > beatEveryMs * 5) {
          lookedForLost = Date.now();
          for (const run of await giveUpLost<Input, Result>(db, clock, kind)) await options.ended?.(run);
        }
        const claimed = await claim<Input, Result>(db, owner, kind);
        if (claimed)
          await executeClaimed(options, { run: claimed, owner, log: traced(log, claimed.trace), stopping: signal });
        else await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

async function giveUpLost<Input, Result>(db: Database, clock: Clock, kind: string): Promise<Run<Input, Result>[]> {
  const { rows } = await db.query<RunRow>(
    `update runs set state = 'failed', step = 'interrupted', finished_at = $1, owner = null, error = $2
     where state = 'running' and kind = $4 and heartbeat_at < now() - make_interval(secs => $3) returning ${columns}`,
    [
      clock(),
      JSON.stringify({
        code: 'run.interrupted',
        message: 'The process that had this run ended before it was done. It may be started again.',
      }),
      silentSeconds,
      kind,
    ],
  );
  return rows.map((row) => toRun<Input, Result>(row));
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
  const steps = stepRecorder({ db, clock, runId: run.runId, owner, log });
  const heart = setInterval(() => {
    void beat(db, run.runId, owner).then(
      (wanted) => (wanted ? undefined : cancelled.abort(new Error('cancelled'))),
      (error: unknown) => log.warn({ err: describeError(error) }, 'a run could not show that it is alive'),
    );
  }, beatEveryMs);
  const finish = async (state: 'succeeded' | 'failed' | 'cancelled', outcome: { result?: Result; error?: unknown }) => {
    await steps.record({ fraction: state === 'succeeded' ? 1 : steps.fraction(), step: state });
    const { rows } = await db.query<RunRow>(
      `update runs set state = $3, step = $3, fraction = $4, finished_at = $5, error = $6, result = result || $7::jsonb, owner = null
       where run_id = $1 and owner = $2 and state = 'running' returning ${columns}`,
      [
        run.runId,
        owner,
        state,
        steps.fraction(),
        clock(),
        outcome.error === undefined ? null : JSON.stringify(describe(outcome.error)),
        JSON.stringify(outcome.result ?? {}),
      ],
    );
    if (rows[0]) await options.ended?.(toRun<Input, Result>(rows[0]));
  };
  try {
    const result = await options.execute(run, {
      signal: AbortSignal.any([cancelled.signal, stopping]),
      report: steps.report,
      update: async (partial) => {
        await db.query('update runs set result = result || $3::jsonb where run_id = $1 and owner = $2', [
          run.runId,
          owner,
          JSON.stringify(partial),
        ]);
      },
    });
    await finish('succeeded', { result });
  } catch (error) {
    if (cancelled.signal.aborted) await finish('cancelled', {});
    else if (stopping.aborted) await finish('failed', { error: interrupted });
    else {
      log.error({ run_id: run.runId, err: describeError(error) }, 'a run failed');
      await finish('failed', { error });
    }
  } finally {
    clearInterval(heart);
  }
}

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

interface Step extends Progress {
  metrics?: Record<string, number>;
}

/** Stores steps in their order, a few times a second and whenever the step has a new name. */
function stepRecorder(options: { db: Database; clock: Clock; runId: string; owner: string; log: Logger }) {
  const { db, clock, runId, owner, log } = options;
  let sequence = 0;
  let fraction = 0;
  let last = { at: 0, step: '' };
  let storing: Promise<void> = Promise.resolve();
  const record = (step: Step) => {
    fraction = step.fraction;
    const values = [
      runId,
      ++sequence,
      clock(),
      step.fraction,
      step.step,
      step.metrics ? JSON.stringify(step.metrics) : null,
    ];
    storing = storing.then(async () => {
      await db.query(
        'insert into run_progress (run_id, sequence, at, fraction, step, metrics) values ($1, $2, $3, $4, $5, $6) on conflict do nothing',
        values,
      );
      await db.query(
        `update runs set fraction = $3, step = $4 where run_id = $1 and owner = $2 and state = 'running'`,
        [runId, owner, step.fraction, step.step],
      );
    });
    storing = storing.catch((error: unknown) =>
      log.warn({ err: describeError(error) }, 'a step of a run was not stored'),
    );
    return storing;
  };
  return {
    record,
    fraction: () => fraction,
    report(step: Step) {
      const now = performance.now();
      if (step.step === last.step && now - last.at < storeEveryMs && !step.metrics) return;
      last = { at: now, step: step.step };
      void record(step);
    },
  };
}
