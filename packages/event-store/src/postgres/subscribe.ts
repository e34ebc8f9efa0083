import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Notifier } from '@retort/postgres';
import type { EventBatch, SubscribeOptions } from '../port.ts';
import { readBatch } from './read.ts';

const defaultBatchSize = 500;
const firstPauseMs = 50;
const longestPauseMs = 5_000;

/** Follows the log from a position. What was lost is a connection, never the place: the next read begins where the last
 *  batch ended. */
export async function* subscribe(
  { db, notifier, pollIntervalMs }: { db: Database; notifier: Notifier; pollIntervalMs: number },
  { after, filter, signal, batchSize = defaultBatchSize, onInterruption }: SubscribeOptions,
): AsyncGenerator<EventBatch> {
  let position = after;
  let pause = firstPauseMs;
  let started = false;
  while (!signal.aborted) {
    const seen = notifier.count;
    let batch: EventBatch | null;
    try {
      batch = await readBatch(db, { after: position, filter, limit: batchSize });
    } catch (error) {
      if (isAborted(signal)) return;
      onInterruption?.(error);
      await delay(pause, undefined, { signal }).catch(() => undefined); // ended: the loop sees it
      pause = Math.min(pause * 2, longestPauseMs);
      continue;
    }
    pause = firstPauseMs;
    if (isAborted(signal)) return;
    if (batch) {
      position = batch.position;
      yield batch;
    } else if (!started && position !== null) yield { events: [], position, caughtUp: true };
    started = true;
    if (!batch || batch.caughtUp) await notifier.after(seen, { timeoutMs: pollIntervalMs, signal });
  }
}

/** (The signal may abort during any wait; the compiler believes that it stays as it was.) */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
