import type { RecordedEvent } from '@retort/event-store';
import { digestOf } from '@retort/kernel';

/** A range of the log as the chain remembers it. */
export interface ChainBlock {
  number: bigint;
  /** Position of the last event it covers. */
  position: string;
  eventIds: readonly string[];
  /** 32 bytes an event. */
  leaves: Buffer;
  /** Covers the block before and all leaves. */
  hash: Buffer;
}

export interface Difference {
  kind: 'altered' | 'missing' | 'unexpected' | 'chain-altered';
  eventId: string | null;
  position: string | null;
}

const leafBytes = 32;
const genesis = Buffer.alloc(leafBytes);

/** SHA-256 over everything that makes the event what it is: its envelope, its place, and its data byte for byte. */
function leafOf(event: RecordedEvent): Buffer {
  const identity = [
    event.id,
    event.type,
    event.version,
    event.tenant,
    event.aggregateType,
    event.aggregateId,
    event.stream,
    String(event.revision),
    event.position,
    event.occurredAt,
    event.recordedAt,
    event.causationId,
    event.correlationId,
  ];
  return sha256(`${JSON.stringify(identity)}\n${event.json}`);
}

/** The block that follows `previous`. */
export function blockOf(events: readonly RecordedEvent[], previous: ChainBlock | null): ChainBlock {
  const last = events.at(-1);
  if (!last) throw new RangeError('a block holds at least one event');
  const leaves = Buffer.concat(events.map(leafOf));
  return {
    number: previous === null ? 0n : previous.number + 1n,
    position: last.position,
    eventIds: events.map((event) => event.id),
    leaves,
    hash: hashOf(leaves, previous),
  };
}

function hashOf(leaves: Buffer, previous: ChainBlock | null): Buffer {
  return sha256(Buffer.concat([previous?.hash ?? genesis, leaves]));
}

function sha256(content: string | Uint8Array): Buffer {
  return Buffer.from(digestOf(content).slice('sha256:'.length), 'hex');
}

/** Compares a block with the events the log holds now in its range: null when they are the same. */
export function differenceIn(
  block: ChainBlock,
  previous: ChainBlock | null,
  events: readonly RecordedEvent[],
): Difference | null {
  if (!hashOf(block.leaves, previous).equals(block.hash) || block.leaves.length !== block.eventIds.length * leafBytes)
    return { kind: 'chain-altered', eventId: block.eventIds[0] ?? null, position: block.position };
  const present = new Set(events.map((event) => event.id));
  for (const [index, id] of block.eventIds.entries()) {
    const event = events[index];
    if (event?.id !== id) {
      if (!present.has(id)) return { kind: 'missing', eventId: id, position: null };
      return { kind: 'unexpected', eventId: event?.id ?? null, position: event?.position ?? null };
    }
    const leaf = block.leaves.subarray(index * leafBytes, (index + 1) * leafBytes);
    if (!leafOf(event).equals(leaf)) return { kind: 'altered', eventId: id, position: event.position };
  }
  const extra = events[block.eventIds.length];
  return extra ? { kind: 'unexpected', eventId: extra.id, position: extra.position } : null;
}
