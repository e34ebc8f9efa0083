import { comparePositions, type EventStore, type Position, type RecordedEvent } from '@retort/event-store';
import { isFault } from '@retort/kernel';
import { advanceCheckpoint, type Database, type Queryable } from '@retort/postgres';
import type { OnProgress, ReadModel, ReceivedEvent } from '../types.ts';
import { foldedUntil, historyCheckpoint, setAside } from './consumer-tables.ts';
import { fromLog } from './received.ts';

export interface FoldHistory {
  store: Pick<EventStore, 'readAll'>;
  /** Whose tables, with the read models that fill them. */
  into: readonly { database: Database; readModels: readonly ReadModel[] }[];
  /** Inclusive: to here and no further. */
  until: Position;
  signal?: AbortSignal;
  report?: OnProgress;
}

export interface FoldedHistory {
  /** Events that some read model took in. */
  events: number;
  /** Events that could not be read: of a schema that is newer than this program, or that does not satisfy its own. */
  unreadable: number;
}

const batchSize = 1_000;

/** Folds the log into read models, in its order, in one pass for all of them, from where each has come to. The position is
 *  written with the rows: whatever interrupts it, the next one goes on from there. */
export async function foldHistory({ store, into, until, signal, report }: FoldHistory): Promise<FoldedHistory> {
  const readers = await Promise.all(
    into.map(async ({ database, readModels }) => ({
      ...{ database, byType: groupByType(readModels), position: await foldedUntil(database) },
    })),
  );
  const types = [...new Set(readers.flatMap(({ byType }) => [...byType.keys()]))];
  const after = earliest(readers.map(({ position }) => position));
  const folded = { events: 0, unreadable: 0 };
  const take = async (events: readonly RecordedEvent[], to: Position) => {
    signal?.throwIfAborted();
    for (const reader of readers) folded.unreadable += await catchUp(reader, events, to);
    folded.events += events.length;
    report?.({ fraction: shareOf(to, until), step: 'folding the log', metrics: { events: folded.events } });
  };
  let batch: RecordedEvent[] = [];
  if (types.length > 0)
    for await (const event of store.readAll({ after, until, filter: { types } })) {
      batch.push(event);
      if (batch.length < batchSize) continue;
      await take(batch, event.position);
      batch = [];
    }
  await take(batch, until);
  return folded;
}

interface Reader {
  database: Database;
  byType: ReadonlyMap<string, readonly ReadModel[]>;
  position: Position | null;
}

async function catchUp(reader: Reader, events: readonly RecordedEvent[], to: Position): Promise<number> {
  const from = reader.position;
  if (from !== null && comparePositions(to, from) <= 0) return 0;
  const missing = events.filter(
    ({ type, position }) => reader.byType.has(type) && (from === null || comparePositions(position, from) > 0),
  );
  let unreadable = 0;
  try {
    await reader.database.transaction(async (transaction) => {
      for (const event of missing) if (!(await apply(reader, event, transaction))) unreadable += 1;
      await advanceCheckpoint(transaction, { name: historyCheckpoint, from, to });
    });
    reader.position = to;
    return unreadable;
  } catch (error) {
    if (!isFault(error, 'postgres.checkpoint-moved')) throw error;
    // Another process folds the same history: this one goes on from where that one has come to.
    reader.position = await foldedUntil(reader.database);
    return catchUp(reader, events, to);
  }
}

/** False when the event could not be read. */
async function apply({ byType }: Reader, recorded: RecordedEvent, transaction: Queryable): Promise<boolean> {
  let event: ReceivedEvent;
  try {
    event = fromLog(recorded);
  } catch (error) {
    await setAside(transaction, recorded, error instanceof Error ? error.message : String(error));
    return false;
  }
  for (const model of byType.get(recorded.type)!) await model.apply(event, transaction);
  return true;
}

function groupByType(readModels: readonly ReadModel[]): Map<string, ReadModel[]> {
  const byType = new Map<string, ReadModel[]>();
  for (const model of readModels) byType.set(model.type, [...(byType.get(model.type) ?? []), model]);
  return byType;
}

function earliest(positions: readonly (Position | null)[]): Position | null {
  let first: Position | null | undefined;
  for (const position of positions)
    if (position === null) return null;
    else if (first === undefined || comparePositions(position, first!) < 0) first = position;
  return first ?? null;
}

/** Positions of the log are not counts, but they grow with it. */
function shareOf(position: Position, end: Position): number {
  const commit = (text: Position) => Number(text.split('/')[0]);
  return commit(end) === 0 ? 1 : Math.min(1, commit(position) / commit(end));
}
