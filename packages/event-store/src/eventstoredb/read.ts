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
import { comparePositions, type Position } from '../position.ts';
import { eventStoreDbFault, unavailable } from './faults.ts';
import { toRecorded } from './recorded.ts';

export async function* readStream(
  client: EventStoreDBClient,
  stream: string,
  { from, direction = 'forwards', limit }: NonNullable<Parameters<EventStore['readStream']>[1]> = {},
): AsyncGenerator<RecordedEvent> {
  if (limit !== undefined && limit <= 0) return;
  const backwards = direction === 'backwards';
  const reading = client.readStream(stream, {
    direction: backwards ? BACKWARDS : FORWARDS,
    fromRevision: from ?? (backwards ? END : START),
    ...(limit === undefined ? {} : { maxCount: limit }),
  });
  try {
    for await (const { event } of reading as AsyncIterable<ResolvedEvent>) {
      const recorded = toRecorded(event);
      if (recorded) yield recorded;
    }
  } catch (error) {
    if (!(error instanceof StreamNotFoundError)) throw eventStoreDbFault(error);
  } finally {
    await cancel(reading);
  }
}

/** Reads the place of the last event of ours. Remembers it, so that the server's own events behind it are read once. */
export function headReader(client: EventStoreDBClient, deadlineMs: number): () => Promise<Position | null> {
  let known: Position | null = null;
  return async () => {
    // (The client gives reads no deadline of its own.)
    const reading = client.readAll({ direction: BACKWARDS, fromPosition: END });
    const timer = setTimeout(() => {
      reading.destroy(unavailable('The event store did not answer in time.'));
    }, deadlineMs);
    try {
      for await (const { event } of reading as AsyncIterable<AllStreamResolvedEvent>) {
        const recorded = toRecorded(event);
        const position = recorded?.position;
        if (position !== undefined && (known === null || comparePositions(position, known) > 0)) known = position;
        if (position !== undefined) break;
        if (known !== null && event && event.position.commit <= BigInt(known.split('/')[0]!)) break;
      }
      return known;
    } catch (error) {
      throw eventStoreDbFault(error);
    } finally {
      clearTimeout(timer);
      await cancel(reading);
    }
  };
}

/** Ends a read on the server too. */
async function cancel(reading: StreamingRead<unknown>): Promise<void> {
  await reading.cancel().catch((error: unknown) => {
    // What never began need not be ended; why, the reader was told.
    if (!(error instanceof Error)) throw error;
  });
}
