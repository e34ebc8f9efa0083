import { eventCatalog, streamName, type EventData, type EventType } from '@retort/contracts';
import type { EventStore, ExpectedRevision } from '@retort/event-store';
import type { Clock, NewId } from '@retort/kernel';
import type { Trace } from '../types.ts';

export interface EventToRecord<Type extends EventType> {
  type: Type;
  tenant: string;
  aggregateId: string;
  data: EventData<Type>;
  trace: Trace;
  /** A new one when absent. The same id recorded again is the same event: give one to make a retry harmless. */
  id?: string;
  /** ISO 8601; now when absent. */
  occurredAt?: string;
  /** What the stream is believed to hold; not asked when absent. */
  expected?: ExpectedRevision;
}

/** Appends one event to its aggregate's stream, checked against the catalogue's schema, and returns its id. Durable
 *  when it resolves.
 *  @throws ZodError when `data` does not satisfy the schema; `event-store.conflict` (409) on a wrong `expected` */
export async function recordEvent<Type extends EventType>(
  context: { events: EventStore; clock: Clock; newId: NewId },
  event: EventToRecord<Type>,
): Promise<string> {
  const { aggregate, version, data: schema } = eventCatalog[event.type];
  const id = event.id ?? context.newId();
  await context.events.append({
    stream: streamName(aggregate, event.tenant, event.aggregateId),
    expected: event.expected ?? 'any',
    events: [
      {
        id,
        type: event.type,
        version,
        tenant: event.tenant,
        aggregateType: aggregate,
        aggregateId: event.aggregateId,
        occurredAt: event.occurredAt ?? context.clock().toISOString(),
        causationId: event.trace.causationId,
        correlationId: event.trace.correlationId,
        json: JSON.stringify(schema.parse(event.data)),
      },
    ],
  });
  return id;
}
