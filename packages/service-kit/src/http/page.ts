import type { ListArea } from '@retort/kernel';
import type { z } from 'zod';
import { decodeCursor, encodeCursor } from '../cursor.ts';

export interface Page<Row> {
  data: Row[];
  next_cursor: string | null;
  has_more: boolean;
}

export interface PageRequest<Row, Position extends z.ZodType> {
  /** First part of the codes of its faults. */
  area: ListArea;
  /** The endpoint's query, and whatever else the list depends on: a cursor serves the same values only. */
  query: { limit: number; cursor?: string | undefined; [narrowedBy: string]: unknown };
  /** Where a list can go on; put nothing into it that the caller may not see. */
  position: Position;
  positionOf: (row: Row) => z.input<Position>;
  /** The rows after a place (the first ones after null), in order; one more than the page holds says that there are more. */
  read: (after: z.output<Position> | null, limit: number) => Promise<Row[]>;
}

/** One page of a list.
 *  @throws `<area>.cursor-invalid`, `<area>.cursor-mismatch` (400) */
export async function pageOf<Row, Position extends z.ZodType>(request: PageRequest<Row, Position>): Promise<Page<Row>> {
  const { area, position, positionOf, read } = request;
  const { limit, cursor, ...query } = request.query;
  const after = cursor === undefined ? null : decodeCursor({ cursor, query, after: position, namespace: area });
  const rows = await read(after, limit + 1);
  const data = rows.slice(0, limit);
  const next_cursor = rows.length > limit ? encodeCursor({ query, after: positionOf(data.at(-1)!) }) : null;
  return { data, next_cursor, has_more: next_cursor !== null };
}

/** The same page with its rows as callers see them. */
export function pageMap<Row, View>({ data, ...rest }: Page<Row>, view: (row: Row) => View): Page<View> {
  return { ...rest, data: data.map(view) };
}
