import { int8Array } from '@retort/postgres';
import { parsePosition, type RecordedEvent } from '@retort/event-store';

export interface Statement {
  sql: string;
  values: unknown[];
}

export function placesOf(events: readonly RecordedEvent[]): [commit: Buffer, prepare: Buffer] {
  const places = events.map(({ position }) => parsePosition(position));
  return [int8Array(places.map(({ commit }) => commit)), int8Array(places.map(({ prepare }) => prepare))];
}

/** An array in an array: as text, for `unnest` would flatten it. */
export function keysOf({ sealed }: RecordedEvent): string | null {
  return sealed ? `{${sealed.keys.join()}}` : null;
}
