import { comparePositions, type EventStore, type Position, type RecordedEvent } from '@retort/event-store';
import { isFault } from '@retort/kernel';
import { advanceCheckpoint, type Database, type Queryable } from '@retort/postgres';
import type { Fold, OnProgress } from '../types.ts';
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
  fold: Fold;
  setAside(event: RecordedEvent, error: string, transaction: Queryable): Promise<void>;
}

export interface FoldLog {
  store: Pick<EventStore, 'readAll'>;
  into: readonly LogReader[];
  /** Events in one transaction at most; 4,000 when absent. */
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

const usualBatch = 4_000;
/** A batch ends with the event that brings it to so many characters of data: three of them are held at once. */
const batchCharacters = 8 * 1_048_576;
const noteEvery = 20;

/** Folds the log, in its order, in one pass for all readers, from where each has come to. The position is written with the
 *  rows: whatever interrupts it, the next one goes on from there. While a batch is written the next one is read and made
 *  into rows. */
export async function foldLog({ store, into, batchSize = usualBatch, signal, report }: FoldLog): Promise<FoldedLog> {
  signal?.throwIfAborted();
  const readers = await Promise.all(
    into.map(async (reader): Promise<Following> => ({ reader, prepared: await positionOf(reader), passedOver: 0 })),
  );
  const behind = readers.filter(({ reader, prepared }) => prepared === null || isBefore(prepared, reader.until));
  const folded = { events: 0, unreadable: 0 };
  const until = latest(behind.map(({ reader }) => reader.until));
  if (until === null) return folded;
  const write = async (batch: Batch, slices: readonly (Slice | null)[]) => {
    signal?.throwIfAborted();
    const unreadable = await Promise.all(behind.map((one, index) => advance(one, batch, slices[index]!)));
    folded.unreadable += unreadable.reduce((sum, count) => sum + count, 0);
    folded.events += batch.events.length;
    report?.({ fraction: shareOf(batch.end, until), step: 'folding the log', metrics: { events: folded.events } });
  };
  const types = behind.flatMap(({ reader }) => [reader.types ?? null]);
  const filter = types.includes(null) ? undefined : { types: [...new Set(types.flatMap((set) => [...set!]))] };
  let events: RecordedEvent[] = [];
  let characters = 0;
  let writing: Promise<void> = Promise.resolve();
  const hand = async (end: Position) => {
    const batch = { events, end };
    events = [];
    characters = 0;
    const slices = behind.map((one) => prepare(one, batch));
    await writing;
    writing = write(batch, slices);
    // It is awaited with the next batch, or at the end.
    writing.catch(() => undefined);
  };
  const after = earliest(behind.map(({ prepared }) => prepared));
  try {
    if (filter === undefined || filter.types.length > 0)
      for await (const event of store.readAll({ after, until, ...(filter && { filter }) })) {
        events.push(event);
        characters += event.json.length;
        if (events.length === batchSize || characters >= batchCharacters) await hand(event.position);
      }
    await hand(until);
  } finally {
    // Whatever ended the reading: nothing is written any more when this returns.
    await writing;
  }
  return folded;
}

interface Following {
  reader: LogReader;
  /** To where its rows are made; they are written afterwards. */
  prepared: Position | null;
  /** Batches in which nothing was for it. */
  passedOver: number;
}

/** What was read of the log at once, up to `end`. */
interface Batch {
  events: readonly RecordedEvent[];
  end: Position;
}

/** What a reader takes of a batch. */
interface Slice {
  from: Position | null;
  to: Position;
  events: readonly RecordedEvent[];
  write: ReturnType<Fold>;
}

/** null where nothing is for this reader: its place is noted with its next event, and now and then. */
function prepare(following: Following, batch: Batch): Slice | null {
  const { reader, prepared: from } = following;
  const to = isBefore(batch.end, reader.until) ? batch.end : reader.until;
  if (from !== null && !isBefore(from, to)) return null;
  const events = between(batch.events, from, to).filter(({ type }) => reader.types?.has(type) ?? true);
  if (events.length === 0 && isBefore(to, reader.until) && ++following.passedOver % noteEvery !== 0) return null;
  following.prepared = to;
  return { from, to, events, write: reader.fold(events) };
}

/** Exclusive, inclusive. Events stand in the order of the log: where the first and the last lie between, all do. */
function between(events: readonly RecordedEvent[], from: Position | null, to: Position): readonly RecordedEvent[] {
  const lies = ({ position }: RecordedEvent) => !isBefore(to, position) && (from === null || isBefore(from, position));
  const [first, last] = [events[0], events.at(-1)];
  return first && last && lies(first) && lies(last) ? events : events.filter(lies);
}

async function advance(following: Following, batch: Batch, slice: Slice | null): Promise<number> {
  if (slice === null) return 0;
  try {
    return await write(following.reader, slice);
  } catch (error) {
    if (!isFault(error, 'postgres.checkpoint-moved')) throw error;
    // Another process folds the same log: this one goes on from where that one has come to.
    const position = await positionOf(following.reader);
    const missing = prepare({ ...following, prepared: position }, batch);
    if (position !== null && isBefore(following.prepared ?? position, position)) following.prepared = position;
    return advance(following, batch, missing);
  }
}

/** Where the database refuses a value, the events are halved until the one is found that holds it; that one is set aside. */
async function write(reader: LogReader, { from, to, events, write: writeRows }: Slice): Promise<number> {
  const atOnce = (work: (transaction: Queryable) => Promise<number>) =>
    reader.database.transaction(async (transaction) => {
      const unreadable = await work(transaction);
      await advanceCheckpoint(transaction, { name: reader.checkpoint, from, to });
      return unreadable;
    });
  try {
    return await atOnce(writeRows);
  } catch (error) {
    if (!isRefusedValue(error) || events.length === 0) throw error;
    if (events.length === 1)
      return atOnce(async (transaction) => {
        await reader.setAside(events[0]!, `refused by the database (${error.code})`, transaction);
        return 1;
      });
    const middle = Math.ceil(events.length / 2);
    const half = events[middle - 1]!.position;
    const part = (some: readonly RecordedEvent[], ends: Pick<Slice, 'from' | 'to'>) =>
      write(reader, { ...ends, events: some, write: reader.fold(some) });
    return (
      (await part(events.slice(0, middle), { from, to: half })) + (await part(events.slice(middle), { from: half, to }))
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
