import { fault, type Fault } from '@retort/kernel';
import type { NewEvent } from '../port.ts';

/** What one append may weigh: the server's `MaxAppendSize` up to version 25.0. */
export const defaultMaxAppendBytes = 1_048_576;

/** One request is one append, and atomic: what is over the limit by itself cannot be split. */
export function tooLarge(limit: number): Fault {
  return fault('event-store.too-large', {
    public: `The events of one request weigh more than the ${limit} bytes the event store takes at once.`,
    internal: { limit },
  });
}

/** What the envelope's names, ids and numbers take at most. */
const envelopeBytes = 320;
/** A character takes no more as JSON. */
const characterBytes = 6;

/** An upper bound, in bytes, of what the event counts towards the limit of one append. */
export function weightOf({
  json,
  type,
  tenant,
  aggregateType,
  aggregateId,
  occurredAt,
  correlationId,
}: NewEvent): number {
  const names = tenant.length + aggregateType.length + aggregateId.length + occurredAt.length + correlationId.length;
  return Buffer.byteLength(json) + 2 * type.length + characterBytes * names + envelopeBytes;
}
