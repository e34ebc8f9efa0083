import { eventCatalog, type EventType } from '@retort/contracts';
import type { NewEvent } from '@retort/event-store';
import type { Trace } from '../types.ts';

export interface Fact {
  id: string;
  type: EventType;
  tenant: string;
  aggregateId: string;
  /** ISO 8601: when it happened. */
  occurredAt: string;
  trace: Trace;
  /** The serialised data, checked by whoever calls. */
  json: string;
}

/** What surrounds every event on its way into the log. */
export function envelope({ id, type, tenant, aggregateId, occurredAt, trace, json }: Fact): NewEvent {
  const { aggregate, version } = eventCatalog[type];
  return {
    id,
    type,
    version,
    tenant,
    aggregateType: aggregate,
    aggregateId,
    occurredAt,
    // The log wants UUIDs in lower case.
    causationId: trace.causationId === null ? null : trace.causationId.toLowerCase(),
    correlationId: trace.correlationId,
    json,
  };
}
