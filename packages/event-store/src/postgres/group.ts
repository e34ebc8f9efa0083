import { hash32 } from '@retort/kernel';
import { int4Array, int8Array, textArray, uuidArray } from '@retort/postgres';
import type { AppendRequest, NewEvent } from '../port.ts';

/** Advisory locks that streams share. More would cost lock table space, fewer would make strangers wait. */
const lockKeys = 1024;

export interface Group {
  /** Distinct streams, in order of first appearance. */
  streams: readonly string[];
  /** Of each request: its stream's place in `streams`, and how many of the stream's events precede it in the group. */
  placements: readonly { stream: number; offset: number; events: number }[];
  /** Parameters of `append_events`, in its order. */
  parameters: unknown[];
}

/** Lays requests out as the parallel arrays of one statement, on the assumption that all of them succeed. Expected
 *  revisions become checks of where each stream stands *before* the group. */
export function layOut(requests: readonly AppendRequest[]): Group {
  const streams: string[] = [];
  const indexOf = new Map<string, number>();
  const lengths: number[] = [];
  const placements: { stream: number; offset: number; events: number }[] = [];
  const checks: { stream: number; revision: bigint }[] = [];
  const rows: { event: NewEvent; stream: number; offset: number }[] = [];
  for (const { stream: name, expected, events } of requests) {
    let stream = indexOf.get(name);
    if (stream === undefined) {
      stream = streams.push(name) - 1;
      indexOf.set(name, stream);
      lengths.push(0);
    }
    const offset = lengths[stream]!;
    placements.push({ stream, offset, events: events.length });
    if (expected !== 'any')
      checks.push({ stream: stream + 1, revision: (expected === 'no-stream' ? -1n : expected) - BigInt(offset) });
    events.forEach((event, index) => rows.push({ event, stream: stream + 1, offset: offset + index + 1 }));
    lengths[stream] = offset + events.length;
  }
  const keys = [...new Set(streams.map((name) => hash32(name) % lockKeys))].sort((a, b) => a - b);
  const texts = (pick: (event: NewEvent) => string) => textArray(rows.map((row) => pick(row.event)));
  return {
    streams,
    placements,
    parameters: [
      int4Array(keys),
      textArray(streams),
      int4Array(checks.map((check) => check.stream)),
      int8Array(checks.map((check) => check.revision)),
      int4Array(rows.map((row) => row.stream)),
      int4Array(rows.map((row) => row.offset)),
      uuidArray(rows.map((row) => row.event.id)),
      texts((event) => event.type),
      int4Array(rows.map((row) => row.event.version)),
      texts((event) => event.tenant),
      texts((event) => event.aggregateType),
      texts((event) => event.aggregateId),
      texts((event) => event.occurredAt),
      uuidArray(rows.map((row) => row.event.causationId)),
      texts((event) => event.correlationId),
      textArray(
        rows.map((row) => row.event.json),
        'json',
      ),
    ],
  };
}
