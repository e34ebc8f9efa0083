import { fault } from '@retort/kernel';
import type { AppendOutcome, EventStore, NewEvent } from './port.ts';

const attempts = 20;

/** Appends an event that may be in its stream already, from an attempt of which nobody knows how it ended. Where the store
 *  does not know its ids the stream tells: it is read back, and the event appended with the revision just read as the
 *  expectation; whoever was faster makes a conflict, and the stream is read again.
 *  @param since a revision that the stream had reached before the first attempt; from its beginning when absent
 *  @throws whatever `append` throws; `event-store.unavailable` when the stream changes faster than it can be read */
export async function appendOnce(
  store: Pick<EventStore, 'append' | 'appendGroup' | 'readStream' | 'uniqueEventIds'>,
  { stream, event, since = -1n }: { stream: string; event: NewEvent; since?: bigint },
): Promise<Extract<AppendOutcome, { status: 'appended' | 'duplicate' }>> {
  if (store.uniqueEventIds) return store.append({ stream, expected: 'any', events: [event] });
  let read = since;
  for (let attempt = 0; attempt < attempts; attempt++) {
    let head: bigint | undefined;
    for await (const recorded of store.readStream(stream, { direction: 'backwards' })) {
      head ??= recorded.revision;
      if (recorded.revision <= read) break;
      if (recorded.id === event.id) return { status: 'duplicate', revision: recorded.revision, recorded: [recorded] };
    }
    const [outcome] = await store.appendGroup([{ stream, expected: head ?? 'no-stream', events: [event] }]);
    if (outcome?.status === 'rejected') throw outcome.fault;
    if (outcome?.status !== 'conflict') return outcome!;
    read = head ?? -1n;
  }
  throw fault('event-store.unavailable', {
    public: 'The stream changes faster than it can be read.',
  });
}
