import type { EventStore, RecordedEvent } from '@retort/event-store';
import { digestOf } from '@retort/kernel';

type Log = Pick<EventStore, 'readAll'>;

export interface Comparison {
  /** Events that both logs hold, in the same order, from the first on. */
  same: number;
  /** Stands for all of these: SHA-256 over the digest before and each event's content. */
  digest: string;
  /** Where the log that is moved goes on; null when it ends there. */
  next: RecordedEvent | null;
  /** An event of the other log that is not the one that belongs there; null when there is none. */
  other: RecordedEvent | null;
}

/** Reads two logs beside each other until one ends or they differ. */
export async function compareLogs(from: Log, to: Log, onCompared: (events: number) => void): Promise<Comparison> {
  const ours = from.readAll()[Symbol.asyncIterator]();
  const theirs = to.readAll()[Symbol.asyncIterator]();
  let same = 0;
  let digest = digestOf('');
  try {
    for (;;) {
      const [next, other] = await Promise.all([ours.next(), theirs.next()]);
      if (next.done === true || other.done === true)
        return { same, digest, next: valueOf(next), other: valueOf(other) };
      const content = contentOf(next.value);
      if (content !== contentOf(other.value)) return { same, digest, next: next.value, other: other.value };
      digest = digestOf(`${digest}\n${content}`);
      onCompared(++same);
    }
  } finally {
    await Promise.all([ours.return?.(), theirs.return?.()]);
  }
}

const valueOf = (result: IteratorResult<RecordedEvent, unknown>) => (result.done === true ? null : result.value);

/** All that an event says, and where it stands in its stream: everything but its place in the whole log, which each store
 *  counts in its own way. */
function contentOf(event: RecordedEvent): string {
  return JSON.stringify([
    event.id,
    event.type,
    event.version,
    event.tenant,
    event.aggregateType,
    event.aggregateId,
    event.stream,
    String(event.revision),
    event.occurredAt,
    event.recordedAt,
    event.causationId,
    event.correlationId,
    event.json,
  ]);
}
