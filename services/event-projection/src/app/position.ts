import { formatPosition, parsePosition, type Position } from '@retort/event-store';
import { z } from 'zod';

/** A position in a cursor, which whoever holds it may have made up: two numbers that a table's `bigint` holds. */
export const cursorPosition = z.string().regex(/^\d{1,18}\/\d{1,18}$/);

/** A checkpoint as the event store takes it. */
export function parseStoredPosition(position: string | null): Position | null {
  if (position === null) return null;
  const { commit, prepare } = parsePosition(position);
  return formatPosition(commit, prepare);
}
