import type { AppendRequest, EventStore } from '@retort/event-store';
import { digestOf } from '@retort/kernel';

export type GuardedStore = Pick<EventStore, 'appendGroup' | 'readStream' | 'maxAppendBytes'>;

/** One request with its event's id and the digest of its data as they are written. */
export interface Claim {
  request: AppendRequest;
  eventId: string;
  digest: string;
  /** A revision that the stream had reached before the id was claimed; -1 for a stream without events. */
  head: bigint;
}

export function claimOf(request: AppendRequest, head: bigint): Claim {
  const { id, json } = request.events[0]!;
  return { request, eventId: id, digest: digestOfText(json), head };
}

/** (Earlier releases kept `sha256:` and the digest of the canonical form.) */
export function digestOfText(json: string): string {
  return digestOf(json).replace('sha256', 'text');
}
