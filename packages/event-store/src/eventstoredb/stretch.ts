import {
  eventTypeFilter,
  START,
  streamNameFilter,
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
  type Filter,
  type Position as ClientPosition,
} from '@eventstore/db-client';
import type { EventBatch, EventFilter, RecordedEvent } from '../port.ts';
import { comparePositions, formatPosition, parsePosition, type Position } from '../position.ts';
import { eventStoreDbFault, unavailable } from './faults.ts';
import { toRecorded } from './recorded.ts';

export interface StretchOptions {
  after: Position | null;
  /** The last position of the log before the stretch began. */
  head: Position | null;
  filter: EventFilter | undefined;
  batchSize: number;
  signal: AbortSignal;
}

/** What arrives, in the order in which it does. */
type Item = { event: RecordedEvent } | { position: Position } | { caughtUp: true };

/** A batch ends with the event that brings it to so many characters of data, and as many again may wait behind it. */
const batchCharacters = 8 * 1_048_576;

/** The server tells how far it has come after so many times 32 events. */
const checkpointInterval = 8;

/** The log from a position on, over one connection, for as long as it holds. Ends when the signal aborts.
 *  @throws a fault when the connection is lost */
export async function* stretch(client: EventStoreDBClient, options: StretchOptions): AsyncGenerator<EventBatch> {
  const { after, head, batchSize, signal } = options;
  const arrivals = arrive(client, options);
  let position = after;
  let told = after;
  let toldCaughtUp = false;
  let live = false;
  try {
    for (;;) {
      const events: RecordedEvent[] = [];
      let characters = 0;
      while (events.length < batchSize && characters < batchCharacters) {
        const item = arrivals.take();
        if (!item) break;
        if ('event' in item) {
          events.push(item.event);
          characters += item.event.json.length;
          position = item.event.position;
        } else if ('position' in item) position = furthest(position, item.position);
        else {
          live = true;
          position = furthest(position, head);
        }
      }
      if (signal.aborted) return;
      const reachedHead = head !== null && position !== null && comparePositions(position, head) >= 0;
      const caughtUp = arrivals.empty() && (live || reachedHead);
      if (position !== null && (events.length > 0 || position !== told || (caughtUp && live && !toldCaughtUp))) {
        told = position;
        toldCaughtUp = caughtUp;
        yield { events, position, caughtUp };
      } else await arrivals.more();
    }
  } finally {
    arrivals.stop();
  }
}

function furthest(left: Position | null, right: Position | null): Position | null {
  if (left === null || right === null) return left ?? right;
  return comparePositions(left, right) < 0 ? right : left;
}

function arrive(client: EventStoreDBClient, { after, filter, batchSize, signal }: StretchOptions) {
  const items: Item[] = [];
  let characters = 0;
  const wanted = matcher(filter);
  let received = 0;
  let failure: Error | undefined;
  let wake = () => undefined as void;
  /** Checkpoints and `caughtUp` overtake events that lie in the stream's buffer: they wait until those have come. */
  const overtaking: { due: number; item: Item }[] = [];
  const place = (item: Item) => {
    overtaking.push({ due: received + subscription.readableLength, item });
    settle();
  };
  const settle = () => {
    while (overtaking[0] && overtaking[0].due <= received) items.push(overtaking.shift()!.item);
    wake();
  };
  const subscription = client.subscribeToAll({
    fromPosition: after === null ? START : parsePosition(after),
    filter: serverFilter(filter, (_, position) =>
      place({ position: formatPosition(position.commit, position.prepare) }),
    ),
  });
  const fail = (error: unknown) => {
    failure ??= eventStoreDbFault(error);
    wake();
  };
  subscription.on('data', ({ event }: AllStreamResolvedEvent) => {
    received++;
    const recorded = toRecorded(event);
    if (recorded && wanted(recorded)) {
      items.push({ event: recorded });
      characters += recorded.json.length;
    } else if (event) items.push({ position: formatPosition(event.position.commit, event.position.prepare) });
    if (items.length >= 2 * batchSize || characters >= batchCharacters) subscription.pause();
    settle();
  });
  subscription.on('caughtUp', () => place({ caughtUp: true }));
  subscription.on('error', fail);
  subscription.on('end', () => fail(unavailable('The event store ended the subscription.')));
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  return {
    take(): Item | undefined {
      const item = items.shift();
      if (item && 'event' in item) characters -= item.event.json.length;
      if (items.length < batchSize && characters < batchCharacters && subscription.isPaused()) subscription.resume();
      return item;
    },
    empty: () => items.length === 0,
    /** @throws what ended the connection, once all that had come was taken */
    async more(): Promise<void> {
      if (items.length > 0 || signal.aborted) return;
      if (failure) throw failure;
      await new Promise<void>((resolve) => (wake = resolve));
    },
    stop(): void {
      signal.removeEventListener('abort', onAbort);
      // (Fails where it never began; why, `more` has told.)
      subscription.unsubscribe().catch(fail);
      subscription.resume();
    },
  };
}

type Checkpoint = (subscription: unknown, position: ClientPosition) => void;

/** As much of the filter as the server can apply: one of the two. */
function serverFilter(filter: EventFilter | undefined, checkpointReached: Checkpoint): Filter {
  const common = { checkpointInterval, checkpointReached };
  if (filter?.types) return eventTypeFilter({ ...common, regex: `^(${filter.types.map(literally).join('|')})$` });
  if (filter?.streamPrefixes?.length) return streamNameFilter({ ...common, prefixes: [...filter.streamPrefixes] });
  return eventTypeFilter({ ...common, regex: '^[^$].*' });
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function matcher(filter: EventFilter | undefined): (event: RecordedEvent) => boolean {
  const types = filter?.types && new Set(filter.types);
  const prefixes = filter?.streamPrefixes;
  return ({ type, stream }) =>
    (!types || types.has(type)) && (!prefixes || prefixes.some((prefix) => stream.startsWith(prefix)));
}
