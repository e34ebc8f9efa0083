import { hash32 } from '@retort/kernel';
import { int4Array, int8Array, textArray, uuidArray } from '@retort/postgres';
import type { AppendRequest, NewEvent } from '../port.ts';

/** Advisory locks that streams share. More would cost lock table space, fewer would make strangers wait. */
const lockKeys = 1024;

export interface Group {
  /** Distinct streams, in order of first appearance. */
  streams: readonly string[];
  /** The streams' advisory locks, ascending: an `int4[]`. */
  locks: Buffer;
  /** Of each request: its stream's place in `streams`, and how many of the stream's events precede it in the group. */
  placements: readonly { stream: number; offset: number; events: number }[];
  /** Calls `append_events`. Prepared once per connection. */
  statement: { name: string; text: string; values: unknown[] };
}

interface Stream {
  /** Place in the group, from 0. */
  index: number;
  length: number;
  kinds: Kind[];
}

/** What events of one stream have in common, and is sent once. */
interface Kind {
  /** Place in the group, from 1. */
  place: number;
  stream: Stream;
  like: NewEvent;
}

/** Lays requests out as the parallel arrays of one statement, on the assumption that all of them succeed. Expected
 *  revisions become checks of where each stream stands *before* the group. */
export function layOut(requests: readonly AppendRequest[]): Group {
  const streams = new Map<string, Stream>();
  const kinds: Kind[] = [];
  const placements: { stream: number; offset: number; events: number }[] = [];
  const checks: { stream: number; revision: bigint }[] = [];
  const rows = emptyRows();
  const kindOf = (stream: Stream, event: NewEvent): Kind => {
    for (const kind of stream.kinds) if (isAlike(kind.like, event)) return kind;
    const kind = { place: kinds.length + 1, stream, like: event };
    kinds.push(kind);
    stream.kinds.push(kind);
    return kind;
  };
  for (const { stream: name, expected, events } of requests) {
    let stream = streams.get(name);
    if (!stream) streams.set(name, (stream = { index: streams.size, length: 0, kinds: [] }));
    const offset = stream.length;
    placements.push({ stream: stream.index, offset, events: events.length });
    if (expected !== 'any')
      checks.push({ stream: stream.index + 1, revision: (expected === 'no-stream' ? -1n : expected) - BigInt(offset) });
    for (const event of events) addRow(rows, event, { kind: kindOf(stream, event).place, offset: ++stream.length });
  }
  const names = [...streams.keys()];
  const locks = int4Array([...new Set(names.map((name) => hash32(name) % lockKeys))].sort((a, b) => a - b));
  const values = [
    locks,
    textArray(names),
    int4Array(checks.map(({ stream }) => stream)),
    int8Array(checks.map(({ revision }) => revision)),
    ...columnsOfKinds(kinds),
    ...columnsOfRows(rows),
  ];
  return { streams: names, locks, placements, statement: { name: 'event_store.append_events', text: call, values } };
}

const call = `select * from event_store.append_events(${Array.from({ length: 18 }, (_, index) => `$${index + 1}`).join()})`;

function isAlike(left: NewEvent, right: NewEvent): boolean {
  return (
    left.type === right.type &&
    left.version === right.version &&
    left.tenant === right.tenant &&
    left.aggregateType === right.aggregateType &&
    left.aggregateId === right.aggregateId
  );
}

function columnsOfKinds(kinds: readonly Kind[]): Buffer[] {
  return [
    int4Array(kinds.map(({ stream }) => stream.index + 1)),
    textArray(kinds.map(({ like }) => like.type)),
    int4Array(kinds.map(({ like }) => like.version)),
    textArray(kinds.map(({ like }) => like.tenant)),
    textArray(kinds.map(({ like }) => like.aggregateType)),
    textArray(kinds.map(({ like }) => like.aggregateId)),
  ];
}

function columnsOfRows(rows: Rows): Buffer[] {
  return [
    int4Array(rows.kinds),
    int4Array(rows.offsets),
    uuidArray(rows.ids),
    textArray(rows.occurred),
    uuidArray(rows.causations),
    textArray(rows.correlations),
    textArray(rows.contents, 'json'),
    // Events of which nobody traces are most: what is not sent is null.
    textArray(rows.traceParents.some((parent) => parent !== null) ? rows.traceParents : []),
  ];
}

type Rows = ReturnType<typeof emptyRows>;

function emptyRows() {
  return {
    kinds: [] as number[],
    offsets: [] as number[],
    ids: [] as string[],
    occurred: [] as string[],
    causations: [] as (string | null)[],
    correlations: [] as string[],
    contents: [] as string[],
    traceParents: [] as (string | null)[],
  };
}

function addRow(rows: Rows, event: NewEvent, { kind, offset }: { kind: number; offset: number }): void {
  rows.kinds.push(kind);
  rows.offsets.push(offset);
  rows.ids.push(event.id);
  rows.occurred.push(event.occurredAt);
  rows.causations.push(event.causationId);
  rows.correlations.push(event.correlationId);
  rows.contents.push(event.json);
  rows.traceParents.push(event.traceParent ?? null);
}
