import { setTimeout as delay } from 'node:timers/promises';
import { isFault } from '@retort/kernel';
import type { Loop } from '@retort/service-kit';
import {
  claimInterruptedRun,
  claimRun,
  finishRun,
  renewRun,
  type ClaimedRun,
  type RunError,
} from '../adapters/runs.ts';
import { executeRun, publish, type CurationContext } from './execute-run.ts';

export interface RunQueue {
  loop: Loop;
  /** Something was put into the queue. */
  wake(): void;
  /** A run was cancelled: if it is worked on here, it ends at once. */
  cancelled(runId: string): void;
}

export interface QueueTimes {
  /** A worker that has not been heard of for so long is gone. */
  leaseMs: number;
  /** How often the queue is looked at when nobody wakes it. */
  pollMs: number;
}

/** Works on queued runs, one at a time, whichever replica queued them. */
export function runQueue(context: CurationContext, { leaseMs, pollMs }: QueueTimes): RunQueue {
  const inHand = new Map<string, AbortController>();
  let awake = new AbortController();
  const leaseUntil = () => new Date(context.clock().getTime() + leaseMs);

  async function work(run: ClaimedRun, stop: AbortSignal): Promise<void> {
    const cancel = new AbortController();
    inHand.set(run.runId, cancel);
    const signal = AbortSignal.any([stop, cancel.signal]);
    let progress = { fraction: 0, step: 'starting' };
    const heartbeat = beat(async () => {
      if (!(await renewRun(context.db, run, { ...progress, leaseUntil: leaseUntil() }))) cancel.abort();
    });
    try {
      await executeRun(context, run, { signal, onProgress: (next) => (progress = next) });
      await finishRun(context.db, run, { state: 'succeeded', at: context.clock(), error: null });
    } catch (error) {
      if (!cancel.signal.aborted) await fail(run, stop.aborted ? interrupted : describe(error), error);
    } finally {
      inHand.delete(run.runId);
      await heartbeat.stop();
    }
  }

  /** Renews often enough that one missed renewal costs nothing. */
  function beat(renew: () => Promise<void>) {
    let last = Promise.resolve();
    const timer = setInterval(() => {
      last = last.then(renew).catch((error: unknown) => {
        context.log.warn({ err: error }, 'could not renew the lease of a curation run');
      });
    }, leaseMs / 4);
    return {
      stop: () => {
        clearInterval(timer);
        return last;
      },
    };
  }

  async function fail(run: ClaimedRun, error: RunError, cause: unknown): Promise<void> {
    context.log.error({ run: run.runId, code: error.code, err: cause }, 'curation run failed');
    await finishRun(context.db, run, { state: 'failed', at: context.clock(), error });
  }

  /** A run whose worker is gone: announced when its data set stands, else failed, for whoever wants to try again. */
  async function recover(run: ClaimedRun): Promise<void> {
    if (run.result === null) return fail(run, interrupted, undefined);
    await publish(context, run, run.result);
    await finishRun(context.db, run, { state: 'succeeded', at: context.clock(), error: null });
  }

  return {
    wake: () => awake.abort(),
    cancelled: (runId) => inHand.get(runId)?.abort(),
    loop: {
      name: 'curation-runs',
      async run(stop) {
        while (!stop.aborted) {
          awake = new AbortController();
          const lost = await claimInterruptedRun(context.db, context.clock(), leaseUntil());
          if (lost) await recover(lost);
          const run = await claimRun(context.db, context.clock(), leaseUntil());
          if (run) await work(run, stop);
          if (!lost && !run) await sleep(pollMs, AbortSignal.any([stop, awake.signal]));
        }
      },
    },
  };
}

const interrupted: RunError = {
  code: 'curation.interrupted',
  message: 'The process that worked on this run ended. Start the run again.',
};

function describe(error: unknown): RunError {
  if (isFault(error)) return { code: error.code, message: error.detail.public };
  return { code: 'curation.failed', message: 'The run failed for an unexpected reason; the log has it.' };
}

/** Waits, or not so long when the signal says so. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
