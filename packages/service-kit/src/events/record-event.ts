import { eventCatalog, streamName, type EventData, type EventType } from '@retort/contracts';
import { appendOnce, type EventStore, type ExpectedRevision } from '@retort/event-store';
import type { Clock, NewId } from '@retort/kernel';
import type { Trace } from '../types.ts';
import { envelope } from './envelope.ts';

export interface EventToRecord<Type extends EventType> {
  type: Type;
  tenant: string;
  aggregateId: string;
  data: EventData<Type>;
  trace: Trace;
  /** A new one when absent: then each call is an event of its own. The same id recorded again is the same event: give one to
   *  make a retry harmless. */
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
  const { aggregate, data: schema } = eventCatalog[event.type];
  const { type, tenant, aggregateId, trace } = event;
  const id = event.id ?? context.newId();
  const occurredAt = event.occurredAt ?? context.clock().toISOString();
  const json = JSON.stringify(schema.parse(event.data));
  const stream = streamName(aggregate, tenant, aggregateId);
  const recorded = envelope({ id, type, tenant, aggregateId, occurredAt, trace, json });
  if (event.expected !== undefined)
    await context.events.append({ stream, expected: event.expected, events: [recorded] });
  else if (event.id !== undefined) await appendOnce(context.events, { stream, event: recorded });
  // Nobody has tried an id that was made this moment, and the store makes one attempt.
  else await context.events.append({ stream, expected: 'any', events: [recorded] });
  return id;
}
