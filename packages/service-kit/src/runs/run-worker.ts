import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { traced } from '../log.ts';
import type { Loop } from '../types.ts';
import { claimRun } from './claim-run.ts';
import { beatEveryMs, executeClaimed, type RunExecution } from './execute-run.ts';
import { endLostRuns } from './lost-runs.ts';
import { recordEnd } from './run-events.ts';
import { defaultKind } from './run.ts';

export interface RunWorkerOptions<Input, Result> extends RunExecution<Input, Result> {
  name: string;
}

const pollMs = 250;

/** Executes queued runs, one at a time in this process. Several processes share a queue. A run that lost its heartbeat
 *  waits for its turn again, so many times, and is then marked as failed. */
export function runWorker<Input extends object, Result extends object>(options: RunWorkerOptions<Input, Result>): Loop {
  const { name, context, kind = defaultKind } = options;
  const { db, clock, log } = context;
  const owner = randomUUID();
  return {
    name,
    async run(signal) {
      let lookedForLost = 0;
      while (!signal.aborted) {
        if (Date.now() - lookedForLost > beatEveryMs * 5) {
          lookedForLost = Date.now();
          await db.transaction(async (transaction) => {
            for (const run of await endLostRuns<Input, Result>(transaction, { ...options, clock, kind })) {
              await options.ended?.(run, transaction);
              await recordEnd(context, kind, run);
            }
          });
        }
        const run = await claimRun<Input, Result>(db, { kind, owner, clock });
        if (run) await executeClaimed(options, { run, owner, log: traced(log, run.trace), stopping: signal });
        else await delay(pollMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
