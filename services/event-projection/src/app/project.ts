import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore, RecordedEvent } from '@retort/event-store';
import { isFault } from '@retort/kernel';
import { isRefusedValue, sliceFor, takingTurns, type Loop } from '@retort/service-kit';
import { addEvent, noRows, type Rows } from '../domain/rows.ts';
import { follow } from './follow.ts';
import { parseStoredPosition } from './position.ts';

/** The tables that are made of the log, and the position up to which they know it. */
export interface Projection {
  position(): Promise<string | null>;
  /** Rows and position together: both or neither, and of two writers only one.
   *  @throws `postgres.checkpoint-moved` (409) when the tables no longer stand at `from` */
  write(rows: Rows, from: string | null, to: string): Promise<void>;
}

export interface ProjectPorts {
  store: Pick<EventStore, 'subscribe'>;
  projection: Projection;
  batchSize: number;
  /** Told with which event the log begins, before its first rows are written. */
  onFirst?: (event: RecordedEvent) => Promise<void>;
  onProjected?: OnProjected;
  onInterruption?: (error: unknown) => void;
}

/** Follows the log and keeps the tables of decisions. Several may run: the checkpoint lets one of them win each batch, and
 *  whoever loses takes up from where the winner stands. */
export function projectionLoop(options: ProjectPorts): Loop {
  const { store, projection, batchSize, onInterruption } = options;
  return {
    name: 'projection',
    async run(signal) {
      while (!signal.aborted) {
        let from = await projection.position();
        try {
          const batches = follow(store, {
            after: parseStoredPosition(from),
            batchSize,
            signal,
            ...(onInterruption ? { onInterruption } : {}),
          });
          for await (const { events, position } of batches) {
            if (position === from) continue;
            if (from === null && events[0]) await options.onFirst?.(events[0]);
            await project({ ...options, events, from, to: position });
            from = position;
          }
        } catch (error) {
          if (!isFault(error, 'postgres.checkpoint-moved')) throw error;
          await delay(1000, undefined, { signal }).catch(() => undefined);
        }
      }
    },
  };
}

/** Told of what was written, and since when it was under way (milliseconds since 1970). */
export type OnProjected = (batch: { events: readonly RecordedEvent[]; poison: number; since: number }) => void;

export interface ProjectEvents {
  projection: Projection;
  events: readonly RecordedEvent[];
  from: string | null;
  to: string;
  onProjected?: OnProjected | undefined;
}

/** Projects events exactly once. Where the database refuses a value, they are halved until the event is found that holds it;
 *  that one is set aside. */
export async function project({ projection, events, from, to, onProjected }: ProjectEvents): Promise<void> {
  const write = (rows: Rows) => projection.write(rows, from, to);
  const since = Date.now();
  const rows = noRows();
  const turn = takingTurns(sliceFor(events.length));
  for (const event of events) {
    addEvent(rows, event);
    await turn();
  }
  try {
    await write(rows);
    onProjected?.({ events, poison: rows.poison.length, since });
  } catch (error) {
    if (!isRefusedValue(error) || events.length === 0) throw error;
    if (events.length === 1) {
      const poison = [{ event: events[0]!, error: `refused by the database (${error.code})` }];
      await write({ ...noRows(), poison });
      onProjected?.({ events, poison: 1, since });
      return;
    }
    const middle = Math.ceil(events.length / 2);
    const between = events[middle - 1]!.position;
    const part = { projection, onProjected };
    await project({ ...part, events: events.slice(0, middle), from, to: between });
    await project({ ...part, events: events.slice(middle), from: between, to });
  }
}
