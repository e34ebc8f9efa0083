import { isFault, type Fault } from '@retort/kernel';
import type { AppendOutcome, AppendRequest, RecordedEvent } from '../port.ts';
import { formatPosition } from '../position.ts';
import { rejection, unfit } from '../validate.ts';
import type { Written } from './batch-writer.ts';

export interface Appending {
  write(request: AppendRequest): Promise<Written>;
  readStream(
    stream: string,
    options: { from: bigint; direction: 'backwards'; limit: number },
  ): AsyncIterable<RecordedEvent>;
}

/** All requests at once, each an append of its own; those to one stream arrive in their order. When the connection is
 *  lost the group ends with that fault: some of it may be stored, and is told as such when it is repeated. */
export async function appendGroup(appending: Appending, requests: readonly AppendRequest[]): Promise<AppendOutcome[]> {
  const settled = await Promise.allSettled(requests.map((request) => appendOne(appending, request)));
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

async function appendOne(appending: Appending, request: AppendRequest): Promise<AppendOutcome> {
  const wrong = unfit(request) ?? notJson(request);
  if (wrong) return { status: 'rejected', fault: wrong };
  let written: Written;
  try {
    written = await appending.write(request);
  } catch (error) {
    if (isFault(error, 'event-store.too-large')) return { status: 'rejected', fault: error };
    throw error;
  }
  const { reply, known } = written;
  if ('conflict' in reply) return { status: 'conflict', expected: request.expected, actual: reply.actual };
  const { revision, position } = reply;
  // The server answers a repetition like the first time. What it places where the log was known already is one.
  if (position.commit <= known)
    return { status: 'duplicate', revision, recorded: await recordedOf(appending, request, revision) };
  return { status: 'appended', revision, position: formatPosition(position.commit, position.prepare) };
}

/** The server looks into no event; what readers cannot parse must not come so far. */
function notJson({ events }: AppendRequest): Fault | undefined {
  for (const [index, { json }] of events.entries())
    try {
      JSON.parse(json);
    } catch {
      // Whatever the parser found, the caller is told where.
      return rejection(`/events/${index}/json`, 'its data is not JSON');
    }
  return undefined;
}

async function recordedOf(
  { readStream }: Appending,
  { stream, events }: AppendRequest,
  last: bigint,
): Promise<RecordedEvent[]> {
  const recorded: RecordedEvent[] = [];
  for await (const event of readStream(stream, { from: last, direction: 'backwards', limit: events.length }))
    recorded.unshift(event);
  const same = recorded.length === events.length && recorded.every((event, index) => event.id === events[index]!.id);
  return same ? recorded : [];
}
