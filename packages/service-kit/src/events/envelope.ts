import { eventCatalog, type AggregateType, type EventType } from '@retort/contracts';
import type { NewEvent } from '@retort/event-store';
import type { Trace } from '../types.ts';

export interface Fact {
  id: string;
  type: EventType;
  /** Of the stream, where that is not the type's own. */
  aggregate?: AggregateType;
  tenant: string;
  aggregateId: string;
  /** ISO 8601: when it happened. */
  occurredAt: string;
  trace: Trace;
  /** The serialised data, checked by whoever calls. */
  json: string;
  /** Whom the data are about, where they are to be stored encrypted. */
  protect?: NonNullable<NewEvent['protect']>;
}

/** What surrounds every event on its way into the log. */
export function envelope({
  id,
  type,
  aggregate,
  tenant,
  aggregateId,
  occurredAt,
  trace,
  json,
  protect,
}: Fact): NewEvent {
  const { aggregate: own, version } = eventCatalog[type];
  return {
    id,
    type,
    version,
    tenant,
    aggregateType: aggregate ?? own,
    aggregateId,
    occurredAt,
    // The log wants UUIDs in lower case.
    causationId: trace.causationId === null ? null : trace.causationId.toLowerCase(),
    correlationId: trace.correlationId,
    ...(trace.traceParent !== undefined && { traceParent: trace.traceParent }),
    json,
    ...(protect && { protect }),
  };
}
