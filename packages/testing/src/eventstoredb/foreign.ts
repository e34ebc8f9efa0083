import { randomUUID } from 'node:crypto';
import type { ServerLog } from './log.ts';
import type { ProposedEvent } from './logged-event.ts';

/** Writes of others than the client under test. */
export interface ForeignWrites {
  /** Events of another application, a hundred a stream, none of which has our envelope. */
  writeForeign(events: number): void;
  /** Statistics that the server keeps about itself, in a stream whose name begins with `$`. */
  writeStatistics(events: number): void;
}

const perStream = 100;
const data = Buffer.from('{"order":4711,"total":12.5}');
const metadata = Buffer.from('{"by":"another application"}');

export function foreignWrites(log: ServerLog): ForeignWrites {
  const event = (type: string): ProposedEvent => ({
    id: randomUUID(),
    type,
    contentType: 'application/json',
    data,
    metadata,
  });
  let orders = 0;
  const write = (stream: string, type: string, events: number) =>
    log.append({ stream, expected: 'any', events: Array.from({ length: events }, () => event(type)) });
  return {
    writeForeign(events) {
      for (let left = events; left > 0; left -= perStream)
        write(`order-${++orders}`, 'OrderPlaced', Math.min(left, perStream));
    },
    writeStatistics: (events) => void write('$stats-127.0.0.1:2113', '$statsCollected', events),
  };
}
