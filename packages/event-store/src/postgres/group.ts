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
  const columns = emptyColumns();
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
    for (let index = 0; index < events.length; index++)
      addRow(columns, events[index]!, { stream: stream + 1, offset: offset + index + 1 });
    lengths[stream] = offset + events.length;
  }
  const keys = [...new Set(streams.map((name) => hash32(name) % lockKeys))].sort((a, b) => a - b);
  return {
    streams,
    placements,
    parameters: [
      int4Array(keys),
      textArray(streams),
      int4Array(checks.map((check) => check.stream)),
      int8Array(checks.map((check) => check.revision)),
      int4Array(columns.streams),
      int4Array(columns.offsets),
      uuidArray(columns.ids),
      textArray(columns.types),
      int4Array(columns.versions),
      textArray(columns.tenants),
      textArray(columns.aggregateTypes),
      textArray(columns.aggregateIds),
      textArray(columns.occurred),
      uuidArray(columns.causations),
      textArray(columns.correlations),
      textArray(columns.contents, 'json'),
    ],
  };
}

type Columns = ReturnType<typeof emptyColumns>;

function emptyColumns() {
  return {
    streams: [] as number[],
    offsets: [] as number[],
    ids: [] as string[],
    types: [] as string[],
    versions: [] as number[],
    tenants: [] as string[],
    aggregateTypes: [] as string[],
    aggregateIds: [] as string[],
    occurred: [] as string[],
    causations: [] as (string | null)[],
    correlations: [] as string[],
    contents: [] as string[],
  };
}

function addRow(columns: Columns, event: NewEvent, { stream, offset }: { stream: number; offset: number }): void {
  columns.streams.push(stream);
  columns.offsets.push(offset);
  columns.ids.push(event.id);
  columns.types.push(event.type);
  columns.versions.push(event.version);
  columns.tenants.push(event.tenant);
  columns.aggregateTypes.push(event.aggregateType);
  columns.aggregateIds.push(event.aggregateId);
  columns.occurred.push(event.occurredAt);
  columns.causations.push(event.causationId);
  columns.correlations.push(event.correlationId);
  columns.contents.push(event.json);
}
