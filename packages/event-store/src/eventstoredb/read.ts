import {
  BACKWARDS,
  END,
  FORWARDS,
  START,
  StreamNotFoundError,
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
  type ResolvedEvent,
  type StreamingRead,
} from '@eventstore/db-client';
import type { EventStore, RecordedEvent } from '../port.ts';
import { formatPosition, type Position } from '../position.ts';
import { eventStoreDbFault, unavailable } from './faults.ts';
import type { StreamNames } from './names.ts';
import { toRecorded } from './recorded.ts';

export interface ServerLog {
  client: EventStoreDBClient;
  names: StreamNames;
}

export async function* readStream(
  { client, names }: ServerLog,
  stream: string,
  { from, direction = 'forwards', limit }: NonNullable<Parameters<EventStore['readStream']>[1]> = {},
): AsyncGenerator<RecordedEvent> {
  if (limit !== undefined && limit <= 0) return;
  const backwards = direction === 'backwards';
  const reading = client.readStream(names.toServer(stream), {
    direction: backwards ? BACKWARDS : FORWARDS,
    fromRevision: from ?? (backwards ? END : START),
    ...(limit === undefined ? {} : { maxCount: limit }),
  });
  try {
    for await (const { event } of eventsOf<ResolvedEvent>(reading)) {
      const recorded = toRecorded(event, names);
      if (recorded) yield recorded;
    }
  } catch (error) {
    if (!(error instanceof StreamNotFoundError)) throw eventStoreDbFault(error);
  }
}

/** The end of `$all`, whoever wrote what stands there: to look for the last event of ours would cost as much as others
 *  have written behind it. null for a server without any event. */
export function headReader(client: EventStoreDBClient, deadlineMs: number): () => Promise<Position | null> {
  return async () => {
    // (The client gives reads no deadline of its own.)
    const reading = client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 });
    const timer = setTimeout(() => {
      reading.destroy(unavailable('The event store did not answer in time.'));
    }, deadlineMs);
    try {
      for await (const { event } of eventsOf<AllStreamResolvedEvent>(reading))
        if (event) return formatPosition(event.position.commit, event.position.prepare);
      return null;
    } catch (error) {
      throw eventStoreDbFault(error);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** What a read gives. Who leaves early ends it on the server too, and takes what is on its way all the same: the client's
 *  `dispose` waits for ever for a call that has ended and was not read to its end. */
async function* eventsOf<Item>(reading: StreamingRead<Item>): AsyncGenerator<Item> {
  try {
    yield* reading.iterator({ destroyOnReturn: false }) as AsyncIterable<Item>;
  } finally {
    await reading.cancel().catch((error: unknown) => {
      // What never began need not be ended; why, the reader was told.
      if (!(error instanceof Error)) throw error;
    });
    reading.resume();
  }
}
