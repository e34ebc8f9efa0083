import type { Database } from '@retort/postgres';
import type { EventBatch, EventFilter, ReadOptions, RecordedEvent } from '../port.ts';
import { comparePositions, formatPosition, parsePosition, type Position } from '../position.ts';
import { columns, names, stored, toRecorded, type EventRow } from './rows.ts';

/** With a filter one read looks at no more than this many events, so that a rare type neither holds a connection for
 *  minutes nor keeps the checkpoint from moving. */
const scanLength = 20_000;
const pageLength = 2_000;
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
  const end = await readEnd(db, { after, horizon, filtered: isFiltered(filter) });
  return end && readPage(db, { after, end, filter, limit });
}

interface Page {
  after: Position | null;
  end: PageEnd;
  filter: EventFilter | undefined;
  limit: number;
}

/** Where a read ends at the latest. `last`: nothing follows that it could show. */
interface PageEnd {
  key: RowKey;
  last: boolean;
}

async function readPage(db: Database, { after, end, filter, limit }: Page): Promise<EventBatch> {
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
      ...beginning(after),
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

function isFiltered(filter: EventFilter | undefined): boolean {
  return filter?.types !== undefined || filter?.streamPrefixes !== undefined;
}

/** Behind which key a read begins. */
function beginning(after: Position | null): [transaction: bigint, ordinal: bigint] {
  if (after === null) return [0n, -1n];
  const { commit, prepare } = parsePosition(after);
  return [commit, prepare];
}

async function readHorizon(db: Database): Promise<bigint> {
  const { rows } = await db.query<{ horizon: bigint }>('select event_store.horizon() as horizon');
  return rows[0]!.horizon;
}

/** The last event below the horizon, or the end of one scan. */
async function readEnd(
  db: Database,
  { after, horizon, filtered }: { after: Position | null; horizon: bigint; filtered: boolean },
): Promise<PageEnd | null> {
  const bounds = [...beginning(after), horizon];
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
    bounds,
  );
  return rows[0] ? { key: rows[0], last: true } : null;
}

/** The last position that readers may see. */
export async function readHead(db: Database): Promise<Position | null> {
  const horizon = await readHorizon(db);
  const end = await readEnd(db, { after: null, horizon, filtered: false });
  return end && formatPosition(end.key.transaction_id, BigInt(end.key.ordinal));
}

export async function* readAll(db: Database, { filter, ...options }: ReadOptions): AsyncGenerator<RecordedEvent> {
  const head = await readHead(db);
  if (head === null) return;
  const until = options.until !== undefined && comparePositions(options.until, head) < 0 ? options.until : head;
  let left = options.limit ?? Infinity;
  const pageAfter = async (after: Position | null): Promise<EventBatch | null> => {
    if (left <= 0 || (after !== null && comparePositions(after, until) >= 0)) return null;
    const end = await pageEnd(db, { after, until, filtered: isFiltered(filter) });
    return readPage(db, { after, end, filter, limit: Math.min(left, pageLength) });
  };
  let page = pageAfter(options.after ?? null);
  for (let batch = await page; batch; batch = await page) {
    left -= batch.events.length;
    // One page ahead: it is read while this one is worked on.
    page = pageAfter(batch.position);
    // Whoever leaves in the middle must not leave a rejection that nobody sees.
    page.catch(() => undefined);
    yield* batch.events;
  }
}

/** What lies up to `until` can be seen, and grows no more: only what a filter looks through ends before. */
async function pageEnd(
  db: Database,
  { after, until, filtered }: { after: Position | null; until: Position; filtered: boolean },
): Promise<PageEnd> {
  const { commit, prepare } = parsePosition(until);
  const last = { key: { transaction_id: commit, ordinal: Number(prepare) }, last: true };
  if (!filtered) return last;
  const end = await readEnd(db, { after, horizon: commit, filtered });
  return end && !end.last ? end : last;
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
