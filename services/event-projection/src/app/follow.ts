import type { EventBatch, EventStore, SubscribeOptions } from '@retort/event-store';

/** Follows the log, fetching the next batch while the present one is being worked on: one ahead, so that the worker's pace
 *  still is the back-pressure. Whoever leaves, by an error too, ends the fetching at once: on a silent log the next batch
 *  is an event away, and nobody knows how far that is. */
export async function* follow(
  store: Pick<EventStore, 'subscribe'>,
  { signal, ...options }: SubscribeOptions,
): AsyncGenerator<EventBatch> {
  const left = new AbortController();
  const batches = store.subscribe({ ...options, signal: AbortSignal.any([signal, left.signal]) });
  const iterator = batches[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const result = await next;
      if (result.done) return;
      next = iterator.next();
      // Whoever stops before asking again must not leave a rejection that nobody sees.
      next.catch(() => undefined);
      yield result.value;
    }
  } finally {
    left.abort();
    await iterator.return?.();
  }
}
