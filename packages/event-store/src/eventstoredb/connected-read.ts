import {
  eventTypeFilter,
  START,
  streamNameFilter,
  type AllStreamResolvedEvent,
  type Filter,
  type Position as ClientPosition,
} from '@eventstore/db-client';
import type { EventBatch, EventFilter, RecordedEvent } from '../port.ts';
import { comparePositions, formatPosition, parsePosition, type Position } from '../position.ts';
import { eventStoreDbFault, unavailable } from './faults.ts';
import type { StreamNames } from './names.ts';
import type { ServerLog } from './read.ts';
import { toRecorded } from './recorded.ts';

export interface ConnectedReadOptions {
  after: Position | null;
  /** The last position of the log before the read began. */
  head: Position | null;
  filter: EventFilter | undefined;
  batchSize: number;
  signal: AbortSignal;
  /** Asked when nothing came for a while: whether others have moved the log's end past `position` meanwhile. */
  isPassed(position: Position | null): Promise<boolean>;
}

/** What arrives, in the order in which it does. */
type Item = { event: RecordedEvent } | { position: Position } | { caughtUp: true };

/** A batch ends with the event that brings it to so many characters of data, and as many again may wait behind it. */
const batchCharacters = 8 * 1_048_576;

/** The server tells how far it has come after so many times 32 events. */
const checkpointInterval = 8;

/** A reader that has nothing to do looks this often whether the log has moved behind it. */
const idleMs = 500;

/** The log from a position on, over one connection, for as long as it holds. Ends when the signal aborts, and when others
 *  have written behind what it last gave: the server says how far it has come past what its filter leaves out after so many
 *  events only, and when it has caught up. Who begins again learns it at once.
 *  @throws a fault when the connection is lost */
export async function* readWhileConnected(log: ServerLog, options: ConnectedReadOptions): AsyncGenerator<EventBatch> {
  const { after, head, batchSize, signal } = options;
  const arrivals = arrive(log, options);
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
      } else if (await arrivals.more(live ? idleMs : Infinity)) continue;
      else if (await options.isPassed(position)) return;
    }
  } finally {
    arrivals.stop();
  }
}

function furthest(left: Position | null, right: Position | null): Position | null {
  if (left === null || right === null) return left ?? right;
  return comparePositions(left, right) < 0 ? right : left;
}

function arrive({ client, names }: ServerLog, { after, filter, batchSize, signal }: ConnectedReadOptions) {
  const items: Item[] = [];
  let characters = 0;
  const wanted = matcher(filter);
  let received = 0;
  let failure: Error | undefined;
  let resume = () => undefined as void;
  /** Checkpoints and `caughtUp` overtake events that lie in the stream's buffer: they wait until those have come. */
  const overtaking: { due: number; item: Item }[] = [];
  const place = (item: Item) => {
    overtaking.push({ due: received + subscription.readableLength, item });
    settle();
  };
  const settle = () => {
    while (overtaking[0] && overtaking[0].due <= received) items.push(overtaking.shift()!.item);
    resume();
  };
  const subscription = client.subscribeToAll({
    fromPosition: after === null ? START : parsePosition(after),
    filter: serverFilter(names, filter, (_, position) =>
      place({ position: formatPosition(position.commit, position.prepare) }),
    ),
  });
  const fail = (error: unknown) => {
    failure ??= eventStoreDbFault(error);
    resume();
  };
  subscription.on('data', ({ event }: AllStreamResolvedEvent) => {
    received++;
    const recorded = toRecorded(event, names);
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
  const onAbort = () => resume();
  signal.addEventListener('abort', onAbort);
  return {
    take(): Item | undefined {
      const item = items.shift();
      if (item && 'event' in item) characters -= item.event.json.length;
      if (items.length < batchSize && characters < batchCharacters && subscription.isPaused()) subscription.resume();
      return item;
    },
    empty: () => items.length === 0,
    /** Waits for what comes; false when nothing came for so long.
     *  @throws what ended the connection, once all that had come was taken */
    async more(waitMs: number): Promise<boolean> {
      if (items.length > 0 || signal.aborted) return true;
      if (failure) throw failure;
      return new Promise((resolve) => {
        const timer = waitMs === Infinity ? undefined : setTimeout(() => resolve(false), waitMs);
        resume = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
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

/** As much of the filter as the server can apply: streams or types. What is not ours never leaves it. */
function serverFilter({ prefix }: StreamNames, filter: EventFilter | undefined, checkpointReached: Checkpoint): Filter {
  const common = { checkpointInterval, checkpointReached };
  const prefixes = filter?.streamPrefixes?.map((own) => prefix + own) ?? (prefix === '' ? [] : [prefix]);
  if (prefixes.length > 0) return streamNameFilter({ ...common, prefixes });
  if (filter?.types) return eventTypeFilter({ ...common, regex: `^(${filter.types.map(literally).join('|')})$` });
  return streamNameFilter({ ...common, regex: '^[^$].*' });
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
