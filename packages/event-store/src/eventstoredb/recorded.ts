import type { AllStreamRecordedEvent, RecordedEvent as ClientEvent } from '@eventstore/db-client';
import type { NewEvent, RecordedEvent } from '../port.ts';
import { formatPosition } from '../position.ts';
import type { StreamNames } from './names.ts';

/** The envelope, in an event's metadata. `$correlationId` and `$causationId` are the server's own names for them. */
interface Envelope {
  version: number;
  tenant: string;
  aggregateType: string;
  aggregateId: string;
  occurredAt: string;
  $correlationId: string;
  $causationId?: string | undefined;
  traceparent?: string | undefined;
  recordedAt?: string | undefined;
}

export function encodeEnvelope(event: NewEvent): Buffer {
  const envelope: Envelope = {
    version: event.version,
    tenant: event.tenant,
    aggregateType: event.aggregateType,
    aggregateId: event.aggregateId,
    occurredAt: event.occurredAt,
    $correlationId: event.correlationId,
    // (What is undefined is not written.)
    $causationId: event.causationId ?? undefined,
    traceparent: event.traceParent,
    recordedAt: event.firstRecordedAt,
  };
  return Buffer.from(JSON.stringify(envelope), 'utf8');
}

/** The event as the port knows it; undefined for one of a stream that is not ours, and for one that no adapter of ours
 *  wrote into such a stream. */
export function toRecorded(
  event: ClientEvent | AllStreamRecordedEvent | undefined,
  names: StreamNames,
): RecordedEvent | undefined {
  if (!event?.position) return undefined;
  const stream = names.fromServer(event.streamId);
  if (stream === undefined || !(event.data instanceof Uint8Array) || !isEnvelope(event.metadata)) return undefined;
  const { metadata } = event;
  return {
    id: event.id,
    type: event.type,
    version: metadata.version,
    tenant: metadata.tenant,
    aggregateType: metadata.aggregateType,
    aggregateId: metadata.aggregateId,
    occurredAt: metadata.occurredAt,
    causationId: metadata.$causationId ?? null,
    correlationId: metadata.$correlationId,
    ...(metadata.traceparent !== undefined && { traceParent: metadata.traceparent }),
    json: Buffer.from(event.data.buffer, event.data.byteOffset, event.data.byteLength).toString('utf8'),
    stream,
    revision: event.revision,
    position: formatPosition(event.position.commit, event.position.prepare),
    recordedAt: metadata.recordedAt ?? event.created.toISOString(),
  };
}

function isEnvelope(metadata: unknown): metadata is Envelope {
  return (
    typeof metadata === 'object' &&
    metadata !== null &&
    'occurredAt' in metadata &&
    'aggregateId' in metadata &&
    'tenant' in metadata &&
    '$correlationId' in metadata
  );
}
