import type { BusMessage, MessageAttributes } from './port.ts';

/** What a message needs of a recorded event: the members of the event store's `RecordedEvent`. */
export interface PublishableEvent {
  id: string;
  type: string;
  version: number;
  tenant: string;
  aggregateId: string;
  occurredAt: string;
  causationId: string | null;
  correlationId: string;
  traceParent?: string;
  json: string;
  stream: string;
  position: string;
}

/** An event of the log as a CloudEvent on the bus. Its key is the stream, so that a stream stays in order.
 *  @param options.source CloudEvents `source`, a URI reference: who publishes, e.g. `/retort/decision-ingestion` */
export function toBusMessage(event: PublishableEvent, options: { topic: string; source: string }): BusMessage {
  const attributes: MessageAttributes = {
    id: event.id,
    source: options.source,
    type: event.type,
    time: event.occurredAt,
    subject: event.aggregateId,
    tenant: event.tenant,
    correlationid: event.correlationId,
    ...(event.causationId === null ? {} : { causationid: event.causationId }),
    ...(event.traceParent !== undefined && { traceparent: event.traceParent }),
    schemaversion: String(event.version),
    logposition: event.position,
  };
  return { topic: options.topic, key: event.stream, attributes, data: event.json };
}
