import { isEventType, upcast, type EventType } from '@retort/contracts';
import type { ReceivedMessage } from '@retort/event-bus';
import type { RecordedEvent } from '@retort/event-store';
import { traceParentOf } from '../tracing/trace-parent.ts';
import type { ReceivedEvent } from '../types.ts';

/** An event as the bus delivered it.
 *  @throws ZodError and what `upcast` throws when its data do not satisfy their schema */
export function fromMessage({ attributes, key, data }: ReceivedMessage): ReceivedEvent {
  const {
    id,
    tenant,
    time,
    subject,
    schemaversion,
    logposition,
    causationid = null,
    correlationid,
    traceparent,
  } = attributes;
  const type = typeOf(attributes.type);
  return {
    id,
    type,
    tenant,
    time,
    position: logposition,
    causationId: causationid,
    aggregateId: aggregateIdOf(key, tenant) ?? subject,
    trace: { correlationId: correlationid, causationId: id, traceParent: traceParentOf(traceparent) },
    data: upcast(type, Number(schemaversion), JSON.parse(data)),
  };
}

/** An event as it stands in the log.
 *  @throws ZodError and what `upcast` throws when its data do not satisfy their schema */
export function fromLog(event: RecordedEvent): ReceivedEvent {
  const { id, tenant, aggregateId, occurredAt, position, causationId, correlationId, version, json } = event;
  const type = typeOf(event.type);
  return {
    id,
    type,
    tenant,
    aggregateId,
    time: occurredAt,
    position,
    causationId,
    trace: { correlationId, causationId: id },
    data: upcast(type, version, JSON.parse(json)),
  };
}

function typeOf(name: string): EventType {
  if (isEventType(name)) return name;
  throw new Error(`${name} is not in the catalogue`);
}

/** `agent-acme.loan` → `loan`. */
function aggregateIdOf(stream: string, tenant: string): string | undefined {
  const start = stream.indexOf(`-${tenant}.`);
  return start < 0 ? undefined : stream.slice(start + tenant.length + 2);
}
