import { setTimeout as delay } from 'node:timers/promises';
import type { EventBatch, ReadOptions, RecordedEvent, SubscribeOptions } from '../port.ts';
import { comparePositions, type Position } from '../position.ts';
import { eventStoreDbFault } from './faults.ts';
import type { ServerLog } from './read.ts';
import { readWhileConnected } from './connected-read.ts';

const defaultBatchSize = 500;
const firstPauseMs = 50;
const longestPauseMs = 5_000;

export interface LogReading extends ServerLog {
  readHead(): Promise<Position | null>;
}

/** Follows the log from a position, over as many connections as it takes: a subscription of the client ends with its
 *  connection, and the next one begins where the last batch ended.
 *  @throws a fault that no other attempt mends, such as denied access */
export async function* subscribe(
  log: LogReading,
  { after, filter, signal, batchSize = defaultBatchSize, onInterruption }: SubscribeOptions,
  onFailure: (error: unknown) => void,
): AsyncGenerator<EventBatch> {
  let position = after;
  let pause = firstPauseMs;
  while (!signal.aborted) {
    try {
      const head = await log.readHead();
      for await (const batch of readWhileConnected(log, {
        after: position,
        head,
        filter,
        batchSize,
        signal,
        isPassed: async (reached) => isBehind(reached, await log.readHead()),
      })) {
        position = batch.position;
        pause = firstPauseMs;
        yield batch;
      }
    } catch (error) {
      if (signal.aborted) return;
      const lost = eventStoreDbFault(error);
      onFailure(lost);
      if (!lost.detail.retriable) throw lost;
      onInterruption?.(lost);
      await delay(pause, undefined, { signal }).catch(() => undefined); // ended: the loop sees it
      pause = Math.min(pause * 2, longestPauseMs);
    }
  }
}

/** The log up to where it ends now, through a subscription: reads of the client take no filter. */
export async function* readAll(
  log: LogReading,
  { after = null, until, filter, limit = Infinity }: ReadOptions,
): AsyncGenerator<RecordedEvent> {
  const head = await log.readHead();
  if (head === null || limit <= 0) return;
  const end = until !== undefined && comparePositions(until, head) < 0 ? until : head;
  if (after !== null && comparePositions(after, end) >= 0) return;
  const controller = new AbortController();
  const batchSize = Math.min(limit, defaultBatchSize);
  let left = limit;
  const reading = { after, head, filter, batchSize, signal: controller.signal };
  for await (const batch of readWhileConnected(log, { ...reading, isPassed: async () => false })) {
    for (const event of batch.events) {
      if (comparePositions(event.position, end) > 0) return;
      yield event;
      if (--left === 0) return;
    }
    if (comparePositions(batch.position, end) >= 0) return;
  }
}

function isBehind(reached: Position | null, head: Position | null): boolean {
  return head !== null && (reached === null || comparePositions(reached, head) < 0);
}
