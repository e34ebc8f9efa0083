import type { Database } from '@retort/postgres';
import type { EventBatch, EventFilter, ReadOptions, RecordedEvent } from '../port.ts';
import { comparePositions, formatPosition, parsePosition, type Position } from '../position.ts';
import { columns, names, stored, toRecorded, type EventRow } from './rows.ts';

/** With a filter one read looks at no more than this many events, so that a rare type neither holds a connection for
 *  minutes nor keeps the checkpoint from moving. */
const scanLength = 20_000;
const pageLength = 500;
/** A read ends with the event that brings it to so many bytes of data: events of 1 MB each are read a few at a time. The
 *  stored bytes are counted first, which takes no look at the data, and then those of the text. */
const readBytes = 8 * 1_048_576;

interface RowKey {
  transaction_id: bigint;
  ordinal: number;
}

/** The next batch of the log after a position, or null when nothing is there. */
export async function readBatch(
  db: Database,
  { after, filter, limit }: { after: Position | null; filter: EventFilter | undefined; limit: number },
): Promise<EventBatch | null> {
  // In a statement of its own: the events are read with a later snapshot, which sees all that lies below the horizon.
  const horizon = await readHorizon(db);
  const from =
    after === null ? { commit: 0n, prepare: 0n, exclusive: false } : { ...parsePosition(after), exclusive: true };
  const bounds = [from.commit, from.exclusive ? from.prepare : -1n, horizon];
  const filtered = filter?.types !== undefined || filter?.streamPrefixes !== undefined;
  const end = await readEnd(db, bounds, filtered);
  if (!end) return null;
  const { rows } = await db.query<EventRow & { full: boolean }>(
    `select ${names}, json, (stored_bytes >= $8 or text_bytes >= $8) as full from (
       select ${names}, stored_bytes, json,
              sum(octet_length(json)) over (order by transaction_id, ordinal rows unbounded preceding) as text_bytes
         from (select ${names}, stored_bytes, data::text as json from (
                 select ${stored}, data, pg_column_size(data) as own_bytes,
                        sum(pg_column_size(data))
                          over (order by transaction_id, ordinal rows unbounded preceding) as stored_bytes
                   from event_store.events
                  where (transaction_id, ordinal) > ($1::xid8, $2::int)
                    and (transaction_id, ordinal) <= ($3::xid8, $4::int)
                    and ($5::text[] is null or type = any($5))
                    and ($6::text[] is null
                         or exists (select from unnest($6::text[]) prefix where starts_with(stream, prefix)))
                  order by transaction_id, ordinal limit $7) page
                where stored_bytes - own_bytes < $8 offset 0) texts
     ) counted
     where text_bytes - octet_length(json) < $8 order by transaction_id, ordinal`,
    [
      ...bounds.slice(0, 2),
      end.key.transaction_id,
      end.key.ordinal,
      filter?.types ?? null,
      filter?.streamPrefixes ?? null,
      limit,
      readBytes,
    ],
  );
  const events = rows.map(toRecorded);
  const endPosition = formatPosition(end.key.transaction_id, BigInt(end.key.ordinal));
  const cut = rows.length === limit || rows.at(-1)?.full === true;
  const position = cut ? events.at(-1)!.position : endPosition;
  return { events, position, caughtUp: end.last && position === endPosition };
}

async function readHorizon(db: Database): Promise<bigint> {
  const { rows } = await db.query<{ horizon: bigint }>('select event_store.horizon() as horizon');
  return rows[0]!.horizon;
}

/** Where this read ends: the last event that readers may see, or the end of one scan. */
async function readEnd(
  db: Database,
  bounds: readonly bigint[],
  filtered: boolean,
): Promise<{ key: RowKey; last: boolean } | undefined> {
  const between = '(transaction_id, ordinal) > ($1::xid8, $2::int) and transaction_id < $3::xid8';
  if (filtered) {
    const scan = await db.query<RowKey>(
      `select transaction_id, ordinal from event_store.events where ${between}
        order by transaction_id, ordinal offset $4 limit 1`,
      [...bounds, scanLength - 1],
    );
    if (scan.rows[0]) return { key: scan.rows[0], last: false };
  }
  const { rows } = await db.query<RowKey>(
    `select transaction_id, ordinal from event_store.events where ${between}
      order by transaction_id desc, ordinal desc limit 1`,
    [...bounds],
  );
  return rows[0] && { key: rows[0], last: true };
}

/** The last position that readers may see. */
export async function readHead(db: Database): Promise<Position | null> {
  const horizon = await readHorizon(db);
  const end = await readEnd(db, [0n, -1n, horizon], false);
  return end ? formatPosition(end.key.transaction_id, BigInt(end.key.ordinal)) : null;
}

export async function* readAll(db: Database, options: ReadOptions): AsyncGenerator<RecordedEvent> {
  const head = await readHead(db);
  if (head === null) return;
  const until = options.until !== undefined && comparePositions(options.until, head) < 0 ? options.until : head;
  let left = options.limit ?? Infinity;
  const pageAfter = (after: Position | null): Promise<EventBatch | null> =>
    left <= 0 || (after !== null && comparePositions(after, until) >= 0)
      ? Promise.resolve(null)
      : readBatch(db, { after, filter: options.filter, limit: Math.min(left, pageLength) });
  let page = pageAfter(options.after ?? null);
  for (let batch = await page; batch; batch = await page) {
    left -= batch.events.length;
    // One page ahead: it is read while this one is worked on.
    page = pageAfter(batch.position);
    // Whoever leaves in the middle must not leave a rejection that nobody sees.
    page.catch(() => undefined);
    for (const event of batch.events) {
      if (comparePositions(event.position, until) > 0) return;
      yield event;
    }
  }
}

export async function* readStream(
  db: Database,
  stream: string,
  options: { from?: bigint; direction?: 'forwards' | 'backwards'; limit?: number },
): AsyncGenerator<RecordedEvent> {
  const backwards = options.direction === 'backwards';
  let from = options.from ?? null;
  let left = options.limit ?? Infinity;
  while (left > 0) {
    const page = Math.min(left, pageLength);
    const { rows } = await db.query<EventRow>(
      `select ${columns} from event_store.events
        where stream = $1 and ($2::bigint is null or revision ${backwards ? '<=' : '>='} $2)
        order by revision ${backwards ? 'desc' : 'asc'} limit $3`,
      [stream, from, page],
    );
    yield* rows.map(toRecorded);
    left -= rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    from = last.revision + (backwards ? -1n : 1n);
  }
}
