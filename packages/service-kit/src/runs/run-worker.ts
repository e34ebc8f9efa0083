import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { traced } from '../log.ts';
import type { Loop } from '../types.ts';
import { claimRun } from './claim-run.ts';
import { beatEveryMs, executeClaimed, type RunExecution } from './execute-run.ts';
import { endLostRuns } from './lost-runs.ts';
import { defaultKind } from './run-queue.ts';

export interface RunWorkerOptions<Input, Result> extends RunExecution<Input, Result> {
  name: string;
  log: Logger;
  /** Whose runs it takes, where the service has several queues. */
  kind?: string;
}

const pollMs = 250;

/** Executes queued runs, one at a time in this process. Several processes share a queue. A run that lost its heartbeat
 *  waits for its turn again, so many times, and is then marked as failed. */
export function runWorker<Input extends object, Result extends object>(options: RunWorkerOptions<Input, Result>): Loop {
  const { name, db, clock, kind = defaultKind, log } = options;
  const owner = randomUUID();
  return {
    name,
    async run(signal) {
      let lookedForLost = 0;
      while (!signal.aborted) {
        if (Date.now() - lookedForLost > beatEveryMs * 5) {
          lookedForLost = Date.now();
          await db.transaction(async (transaction) => {
            for (const run of await endLostRuns<Input, Result>(transaction, { ...options, kind }))
              await options.ended?.(run, transaction);
          });
        }
        const run = await claimRun<Input, Result>(db, { kind, owner, clock });
        if (run) await executeClaimed(options, { run, owner, log: traced(log, run.trace), stopping: signal });
        else await delay(pollMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
