import type { RecordedEvent } from '../port.ts';
import { formatPosition } from '../position.ts';

export interface EventRow {
  transaction_id: bigint;
  ordinal: number;
  stream: string;
  revision: bigint;
  id: string;
  type: string;
  version: number;
  tenant: string;
  aggregate_type: string;
  aggregate_id: string;
  occurred_at: string;
  recorded_at: Date;
  causation_id: string | null;
  correlation_id: string;
  trace_parent: string | null;
  json: string;
}

export const names = `transaction_id, ordinal, stream, revision, id, type, version, tenant, aggregate_type,
  aggregate_id, occurred_at, recorded_at, causation_id, correlation_id, trace_parent`;
export const stored = names.replace(' id,', ' event_id as id,');
/** `data::text` is the text that was written; without the cast the driver would parse it. */
export const columns = `${stored}, data::text as json`;

export function toRecorded(row: EventRow): RecordedEvent {
  return {
    id: row.id,
    type: row.type,
    version: row.version,
    tenant: row.tenant,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    occurredAt: row.occurred_at,
    causationId: row.causation_id,
    correlationId: row.correlation_id,
    ...(row.trace_parent !== null && { traceParent: row.trace_parent }),
    json: row.json,
    stream: row.stream,
    revision: row.revision,
    position: formatPosition(row.transaction_id, BigInt(row.ordinal)),
    recordedAt: row.recorded_at.toISOString(),
  };
}
