import { setImmediate } from 'node:timers/promises';
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
  /** The rows after a place (the first ones after null), in order; one more than the page holds says that there are more. Where
   *  rows may be large they come one by one: no more of them are read than a page takes. */
  read: (after: z.output<Position> | null, limit: number) => Promise<Row[]> | AsyncIterable<Row>;
  /** Characters of a row as JSON; it is written to be counted when absent. */
  charactersOf?: (row: Row) => number;
}

/** A page ends with the row that brings it to so many characters of JSON, however many rows were asked for: whoever makes it, or
 *  reads it, does so in one go. */
export const pageCharacters = 524_288;

/** One page of a list.
 *  @throws `<area>.cursor-invalid`, `<area>.cursor-mismatch` (400) */
export async function pageOf<Row, Position extends z.ZodType>(request: PageRequest<Row, Position>): Promise<Page<Row>> {
  const { area, position, positionOf, read, charactersOf = written } = request;
  const { limit, cursor, ...query } = request.query;
  const after = cursor === undefined ? null : decodeCursor({ cursor, query, after: position, namespace: area });
  const data: Row[] = [];
  let characters = 0;
  let more = false;
  for await (const row of await read(after, limit + 1)) {
    more = data.length === limit || characters >= pageCharacters;
    if (more) break;
    data.push(row);
    characters += charactersOf(row);
  }
  const next_cursor = more ? encodeCursor({ query, after: positionOf(data.at(-1)!) }) : null;
  return { data, next_cursor, has_more: next_cursor !== null };
}

const written = (row: unknown) => JSON.stringify(row).length;

/** What is written before other requests have their turn. */
const charactersPerTurn = 131_072;

/** A list as JSON, its rows written one after the other. */
export async function listText({ data, ...rest }: { data: readonly unknown[] }): Promise<string> {
  const rows: string[] = [];
  let characters = 0;
  for (const row of data) {
    const text = JSON.stringify(row);
    rows.push(text);
    characters += text.length;
    if (characters < charactersPerTurn) continue;
    characters = 0;
    await setImmediate();
  }
  const about = JSON.stringify(rest).slice(1);
  return `{"data":[${rows.join()}]${about === '}' ? '' : ','}${about}`;
}

/** The same page with its rows as callers see them. */
export function pageMap<Row, View>({ data, ...rest }: Page<Row>, view: (row: Row) => View): Page<View> {
  return { ...rest, data: data.map(view) };
}
