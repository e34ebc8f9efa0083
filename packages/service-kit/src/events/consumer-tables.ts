import { comparePositions, formatPosition, parsePosition, type Position } from '@retort/event-store';
import { readCheckpoint, type Queryable } from '@retort/postgres';

/** Events of the log that a read model could not take in: set aside, named, never in the way of the others. */
export const unreadableTable = `
  create table if not exists unreadable_events (
    event_id   uuid primary key,
    event_type text not null,
    version    int not null,
    position   text not null,
    error      text not null
  )`;

/** The offsets of older releases, which knew no `log`, are those of the bus in Postgres. */
export const consumerTables = `
  create table if not exists consumer_offsets (
    topic       text   not null,
    partition   int    not null,
    next_offset bigint not null,
    primary key (topic, partition)
  );
  do $$ begin
    if not exists (select from information_schema.columns where table_schema = current_schema()
                   and table_name = 'consumer_offsets' and column_name = 'log') then
      alter table consumer_offsets add column log text not null default 'postgres',
        drop constraint consumer_offsets_pkey, add primary key (log, topic, partition);
    end if;
  end $$;
  -- Where in the event log the last message stands that was handled: what stands before it was delivered again.
  alter table consumer_offsets add column if not exists position text;
  -- Since when the service receives events over a bus: up to there the log is history. null: from the beginning.
  create table if not exists bus_history (
    log        text primary key,
    news_after text
  );
  ${unreadableTable}`;

/** Name of the checkpoint up to which the log itself was folded into the read models. */
export const historyCheckpoint = 'read-models';

/** Whoever folds events into the live tables shares this lock; whoever exchanges the tables takes it alone. */
export const readModelsLock = `hashtextextended(current_schema() || ' read models', 0)`;

interface Delivery {
  /** Which bus it is: another one, or a broker that was set up anew, counts from 0 again. */
  log: string;
  topic: string;
  partition: number;
  offset: bigint;
  /** Where the event stands in the event log. */
  position: string;
}

/** Takes a message for handling in this transaction. null when it was handled before: the bus delivers at least once, and
 *  a consumer that lost its partition may go on for a while beside the new owner. The row's lock makes the two wait for one
 *  another. `replayed`: a later event of the partition was handled already; the relay has begun anew. */
export async function takeOffset(
  transaction: Queryable,
  { log, topic, partition, offset, position }: Delivery,
): Promise<{ replayed: boolean } | null> {
  const key = [log, topic, partition];
  await transaction.query(
    `insert into consumer_offsets (log, topic, partition, next_offset) values ($1, $2, $3, 0) on conflict do nothing`,
    key,
  );
  const { rows } = await transaction.query<{ next_offset: bigint; position: string | null }>(
    `select next_offset, position from consumer_offsets where log = $1 and topic = $2 and partition = $3 for update`,
    key,
  );
  const known = rows[0]!;
  if (offset < known.next_offset) return null;
  const replayed = known.position !== null && comparePositions(position, known.position) <= 0;
  await transaction.query(
    `update consumer_offsets set next_offset = $4::bigint + 1, position = $5
     where log = $1 and topic = $2 and partition = $3`,
    [...key, offset.toString(), replayed ? known.position : position],
  );
  return { replayed };
}

export interface History {
  /** What the bus tells of events up to here is no news. */
  newsAfter: string | null;
}

/** null where the service has not begun to consume from this bus. What a release did that kept no history counts as begun. */
export async function readHistory(database: Queryable, log: string): Promise<History | null> {
  const { rows } = await database.query<{ news_after: string | null }>(
    `select news_after from bus_history where log = $1
     union all select null from consumer_offsets where log = $1 and not exists (select from bus_history where log = $1)
     limit 1`,
    [log],
  );
  return rows[0] ? { newsAfter: rows[0].news_after } : null;
}

/** The first of several processes says where history ends. */
export async function beginConsuming(database: Queryable, log: string, newsAfter: string | null): Promise<void> {
  await database.query('insert into bus_history (log, news_after) values ($1, $2) on conflict do nothing', [
    log,
    newsAfter,
  ]);
}

export function foldedUntil(database: Queryable): Promise<Position | null> {
  return checkpointAt(database, historyCheckpoint);
}

export async function checkpointAt(database: Queryable, name: string): Promise<Position | null> {
  const stored = await readCheckpoint(database, name);
  if (stored === null) return null;
  const { commit, prepare } = parsePosition(stored);
  return formatPosition(commit, prepare);
}

export async function setAside(
  transaction: Queryable,
  event: { id: string; type: string; version: number; position: string },
  error: string,
): Promise<void> {
  await transaction.query(
    `insert into unreadable_events (event_id, event_type, version, position, error) values ($1, $2, $3, $4, $5)
     on conflict (event_id) do update set error = excluded.error`,
    [event.id, event.type, event.version, event.position, error],
  );
}
