import { fault, type Fault } from '@retort/kernel';
import type { EventStore } from './port.ts';
import { comparePositions, type Position } from './position.ts';

/** What a log is known by. */
export interface FirstEvent {
  stream: string;
  eventId: string;
}

/** The log that the readers of this database follow. */
export interface FollowedLog {
  /** Its first event; null until a reader has seen one. */
  first(): Promise<FirstEvent | null>;
  /** Once: later calls change nothing. */
  anchor(first: FirstEvent): Promise<void>;
  /** The id of the event with which the hash chain begins. */
  chainBegins(): Promise<string | null>;
  /** How far the reader that is ahead of the others has come. */
  furthest(): Promise<Position | null>;
}

type Log = Pick<EventStore, 'name' | 'readStream' | 'readAll' | 'head'>;

/** Sees to it that the event store holds the log that the readers followed so far: the one with the same first event, and
 *  not a younger copy of it. Readers of an earlier release noted no first event: what they followed is taken for this log
 *  once, if their hash chain begins with the same event.
 *  @throws `event-store.other-log` when it is another log, `event-store.unavailable` when it cannot be asked */
export async function confirmLog(store: Log, followed: FollowedLog): Promise<void> {
  const furthest = await followed.furthest();
  const known = await followed.first();
  const chain = await followed.chainBegins();
  if (known === null) {
    // A position alone says nothing: readers also come past what others wrote into the event store before our first event.
    const first = await firstOf(store);
    if (chain !== null && chain !== first?.eventId)
      throw otherLog(store, { known: chain, found: first?.eventId ?? null });
    if (first !== null) await followed.anchor(first);
  } else if (!(await holds(store, known)) || (chain !== null && chain !== known.eventId)) {
    throw otherLog(store, { known: known.eventId, found: (await firstOf(store))?.eventId ?? null });
  }
  const head = await store.head();
  if (furthest !== null && (head === null || comparePositions(head, furthest) < 0))
    throw youngerLog(store, { head, furthest });
}

async function holds(store: Log, { stream, eventId }: FirstEvent): Promise<boolean> {
  for await (const event of store.readStream(stream, { from: 0n, limit: 1 })) return event.id === eventId;
  return false;
}

async function firstOf(store: Log): Promise<FirstEvent | null> {
  for await (const { stream, id } of store.readAll({ limit: 1 })) return { stream, eventId: id };
  return null;
}

const remedy =
  'Connect the event store that these readers followed (RETORT_EVENT_STORE, RETORT_EVENT_STORE_URL, ' +
  'RETORT_EVENT_STORE_STREAM_PREFIX), or give this log a database of its own, in which its readers begin anew.';

function otherLog({ name }: Log, { known, found }: { known: string | null; found: string | null }): Fault {
  return fault('event-store.other-log', {
    public:
      `The database followed the log that begins with event ${known ?? '(unknown)'}; the event store (${name}) holds ` +
      `${found === null ? 'no event' : `the log that begins with event ${found}`}. ${remedy}`,
    internal: { known, found, store: name },
  });
}

function youngerLog({ name }: Log, { head, furthest }: { head: Position | null; furthest: Position }): Fault {
  return fault('event-store.other-log', {
    public:
      `The log in the event store (${name}) ends at ${head ?? 'no event'} and is younger than its readers, which have come ` +
      `to ${furthest}: it was restored from an older copy. Restore the newer copy, or the database as it was at that time; ` +
      `or let the readers begin anew on an empty database.`,
    internal: { head, furthest, store: name },
  });
}
