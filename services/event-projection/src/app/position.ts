import { formatPosition, parsePosition, type Position } from '@retort/event-store';

/** A checkpoint as the event store takes it. */
export function parseStoredPosition(position: string | null): Position | null {
  if (position === null) return null;
  const { commit, prepare } = parsePosition(position);
  return formatPosition(commit, prepare);
}
