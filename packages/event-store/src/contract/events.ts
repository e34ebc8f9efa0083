import { randomUUID } from 'node:crypto';
import type { AppendRequest, EventBatch, ExpectedRevision, NewEvent, RecordedEvent } from '../port.ts';

export function newEvent(members: Partial<NewEvent> = {}): NewEvent {
  return {
    id: randomUUID(),
    type: 'THING_HAPPENED',
    version: 1,
    tenant: 'acme',
    aggregateType: 'agent',
    aggregateId: 'loan',
    occurredAt: '2026-01-02T03:04:05.678Z',
    causationId: null,
    correlationId: 'correlation',
    json: '{"a":1}',
    ...members,
  };
}

export function request(
  stream: string,
  events: readonly NewEvent[] = [newEvent()],
  expected: ExpectedRevision = 'any',
): AppendRequest {
  return { stream, expected, events };
}

let streams = 0;
/** A stream that no other test uses. */
export function freshStream(prefix = 'agent'): string {
  return `${prefix}-acme.${++streams}-${randomUUID()}`;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** Reads a subscription until its events satisfy the condition; returns them and the last batch's position. */
export async function follow(
  batches: AsyncIterable<EventBatch>,
  enough: (events: readonly RecordedEvent[], batch: EventBatch) => boolean,
): Promise<{ events: RecordedEvent[]; position: EventBatch['position'] }> {
  const events: RecordedEvent[] = [];
  for await (const batch of batches) {
    events.push(...batch.events);
    if (enough(events, batch)) return { events, position: batch.position };
  }
  throw new Error(`the subscription ended after ${events.length} events`);
}

export const ids = (events: readonly { id: string }[]) => events.map((event) => event.id);
