import { comparePositions, type EventStore, type Position, type RecordedEvent } from '@retort/event-store';
import { isFault } from '@retort/kernel';
import { advanceCheckpoint, type Database, type Queryable } from '@retort/postgres';
import type { OnProgress } from '../types.ts';
import { checkpointAt } from './consumer-tables.ts';

/** A fold of the log into tables, which keeps its place in the log beside them. */
export interface LogReader {
  database: Database;
  /** Name of its checkpoint. */
  checkpoint: string;
  /** The event types it takes in; all of them when absent. */
  types?: ReadonlySet<string>;
  /** Inclusive: to here and no further. */
  until: Position;
  /** Resolves to how many events it set aside. */
  fold(events: readonly RecordedEvent[], transaction: Queryable): Promise<number>;
  setAside(event: RecordedEvent, error: string, transaction: Queryable): Promise<void>;
}

export interface FoldLog {
  store: Pick<EventStore, 'readAll'>;
  into: readonly LogReader[];
  /** Events in one transaction; 2,000 when absent. */
  batchSize?: number | undefined;
  signal?: AbortSignal;
  report?: OnProgress;
}

export interface FoldedLog {
  /** Events that were read and that some reader took in. */
  events: number;
  /** Events that a reader set aside. */
  unreadable: number;
}

const usualBatch = 2_000;
const noteEvery = 20;

/** Folds the log, in its order, in one pass for all readers, from where each has come to. The position is written with the
 *  rows: whatever interrupts it, the next one goes on from there. The next batch is read while one is written. */
export async function foldLog({ store, into, batchSize = usualBatch, signal, report }: FoldLog): Promise<FoldedLog> {
  signal?.throwIfAborted();
  const readers = await Promise.all(
    into.map(async (reader) => ({ reader, position: await positionOf(reader), passedOver: 0 })),
  );
  const behind = readers.filter(({ reader, position }) => position === null || isBefore(position, reader.until));
  const folded = { events: 0, unreadable: 0 };
  const until = latest(behind.map(({ reader }) => reader.until));
  if (until === null) return folded;
  const take = async (events: readonly RecordedEvent[], to: Position) => {
    signal?.throwIfAborted();
    const unreadable = await Promise.all(behind.map((following) => advance(following, events, to)));
    folded.unreadable += unreadable.reduce((sum, count) => sum + count, 0);
    folded.events += events.length;
    report?.({ fraction: shareOf(to, until), step: 'folding the log', metrics: { events: folded.events } });
  };
  const types = behind.flatMap(({ reader }) => [reader.types ?? null]);
  const filter = types.includes(null) ? undefined : { types: [...new Set(types.flatMap((set) => [...set!]))] };
  let batch: RecordedEvent[] = [];
  let taking: Promise<void> = Promise.resolve();
  const hand = async (to: Position) => {
    await taking;
    taking = take(batch, to);
    batch = [];
  };
  const after = earliest(behind.map(({ position }) => position));
  try {
    if (filter === undefined || filter.types.length > 0)
      for await (const event of store.readAll({ after, until, ...(filter && { filter }) }))
        if (batch.push(event) === batchSize) await hand(event.position);
    await hand(until);
  } finally {
    // Whatever ended the reading: nothing is written any more when this returns.
    await taking;
  }
  return folded;
}

interface Following {
  reader: LogReader;
  position: Position | null;
  /** Batches in which nothing was for it. */
  passedOver: number;
}

async function advance(following: Following, events: readonly RecordedEvent[], end: Position): Promise<number> {
  const { reader, position: from } = following;
  const to = isBefore(end, reader.until) ? end : reader.until;
  if (from !== null && !isBefore(from, to)) return 0;
  const missing = events.filter(
    ({ type, position }) =>
      (reader.types?.has(type) ?? true) && !isBefore(to, position) && (from === null || isBefore(from, position)),
  );
  // What a reader does not take in costs nothing: its place is noted with its next event, and now and then.
  if (missing.length === 0 && isBefore(to, reader.until) && ++following.passedOver % noteEvery !== 0) return 0;
  try {
    const unreadable = await write(reader, missing, { from, to });
    following.position = to;
    return unreadable;
  } catch (error) {
    if (!isFault(error, 'postgres.checkpoint-moved')) throw error;
    // Another process folds the same log: this one goes on from where that one has come to.
    following.position = await positionOf(reader);
    return advance(following, events, end);
  }
}

/** Where the database refuses a value, the events are halved until the one is found that holds it; that one is set aside. */
async function write(
  reader: LogReader,
  events: readonly RecordedEvent[],
  { from, to }: { from: Position | null; to: Position },
): Promise<number> {
  const atOnce = (work: (transaction: Queryable) => Promise<number>) =>
    reader.database.transaction(async (transaction) => {
      const unreadable = await work(transaction);
      await advanceCheckpoint(transaction, { name: reader.checkpoint, from, to });
      return unreadable;
    });
  try {
    return await atOnce((transaction) => reader.fold(events, transaction));
  } catch (error) {
    if (!isRefusedValue(error) || events.length === 0) throw error;
    if (events.length === 1)
      return atOnce(async (transaction) => {
        await reader.setAside(events[0]!, `refused by the database (${error.code})`, transaction);
        return 1;
      });
    const middle = Math.ceil(events.length / 2);
    const between = events[middle - 1]!.position;
    return (
      (await write(reader, events.slice(0, middle), { from, to: between })) +
      (await write(reader, events.slice(middle), { from: between, to }))
    );
  }
}

/** Data exceptions (SQLSTATE 22…) and violated constraints (23…): trying again cannot help. */
export function isRefusedValue(error: unknown): error is { code: string } {
  if (isFault(error, 'postgres.unstorable-text')) return true;
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}

function positionOf({ database, checkpoint }: LogReader): Promise<Position | null> {
  return checkpointAt(database, checkpoint);
}

function isBefore(left: Position, right: Position): boolean {
  return comparePositions(left, right) < 0;
}

/** null: from the beginning. */
function earliest(positions: readonly (Position | null)[]): Position | null {
  return positions.reduce((first, position) =>
    first === null || position === null ? null : isBefore(position, first) ? position : first,
  );
}

function latest(positions: readonly Position[]): Position | null {
  return positions.reduce<Position | null>(
    (last, position) => (last === null || isBefore(last, position) ? position : last),
    null,
  );
}

/** Positions of the log are not counts, but they grow with it. */
function shareOf(position: Position, end: Position): number {
  const commit = (text: Position) => Number(text.split('/')[0]);
  return commit(end) === 0 ? 1 : Math.min(1, commit(position) / commit(end));
}
