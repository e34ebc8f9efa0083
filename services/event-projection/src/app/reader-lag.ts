import type { EventStore, Position } from '@retort/event-store';
import type { Clock } from '@retort/kernel';

/** Seconds since the log learnt of the first event that a reader at `position` has not taken in; 0 when it has all. */
export async function readerLag(
  position: Position | null,
  { store, clock }: { store: Pick<EventStore, 'readAll'>; clock: Clock },
): Promise<number> {
  for await (const { recordedAt } of store.readAll({ after: position, limit: 1 }))
    return Math.max(0, (clock().getTime() - Date.parse(recordedAt)) / 1000);
  return 0;
}
