import type { RecordedEvent, Position } from '@retort/event-store';
import type { Database, Queryable } from '@retort/postgres';
import type { ReadModel, ReceivedEvent } from '../types.ts';
import { historyCheckpoint, setAside } from './consumer-tables.ts';
import type { LogReader } from './fold-log.ts';
import { fromLog } from './received.ts';

/** Read models as a reader of the log. An event of a schema that is newer than this program, or that does not satisfy its
 *  own, is set aside by name. */
export function readModelsReader(
  database: Database,
  { readModels, until }: { readModels: readonly ReadModel[]; until: Position },
): LogReader {
  const byType = new Map<string, ReadModel[]>();
  for (const model of readModels) byType.set(model.type, [...(byType.get(model.type) ?? []), model]);
  return {
    database,
    until,
    setAside: keepUnread,
    checkpoint: historyCheckpoint,
    types: new Set(byType.keys()),
    fold(events) {
      const received = events.map((recorded) => ({ recorded, event: read(recorded) }));
      return async (transaction) => {
        let unreadable = 0;
        for (const { recorded, event } of received) {
          if (event instanceof Error) {
            await keepUnread(recorded, event.message, transaction);
            unreadable += 1;
          } else for (const model of byType.get(recorded.type)!) await model.apply(event, transaction);
        }
        return unreadable;
      };
    },
  };
}

function keepUnread(event: RecordedEvent, error: string, transaction: Queryable): Promise<void> {
  return setAside(transaction, event, error);
}

function read(recorded: RecordedEvent): ReceivedEvent | Error {
  try {
    return fromLog(recorded);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
