import { administrationId, streamName, type AuditEventQuery } from '@retort/contracts';
import type { EventStore, RecordedEvent } from '@retort/event-store';

type Narrowing = Omit<AuditEventQuery, 'limit' | 'cursor'>;

/** Whether a query asks for who did what rather than for events as such. */
export function isAdministration({ event_type: _, ...filters }: Narrowing): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** What was done in the administration of a tenant, the oldest first, from after a revision of its stream. */
export async function* administrationOf(
  store: Pick<EventStore, 'readStream'>,
  { tenant, query, after }: { tenant: string; query: Narrowing; after: string | null },
): AsyncGenerator<RecordedEvent> {
  const stream = streamName('tenant', tenant, administrationId);
  for await (const event of store.readStream(stream, { from: after === null ? 0n : BigInt(after) + 1n }))
    if (matches(event, query)) yield event;
}

function matches(event: RecordedEvent, query: Narrowing): boolean {
  const data = JSON.parse(event.json) as Record<string, unknown>;
  const recordedAt = Date.parse(event.recordedAt);
  const from = query['filter[recorded_at][gte]'];
  const to = query['filter[recorded_at][lt]'];
  return (
    isWanted(query.event_type, event.type) &&
    isWanted(query['filter[action][eq]'], data['action']) &&
    isWanted(query['filter[key_id][eq]'], data['key_id']) &&
    isWanted(query['filter[address][eq]'], data['address']) &&
    (from === undefined || recordedAt >= Date.parse(from)) &&
    (to === undefined || recordedAt < Date.parse(to))
  );
}

function isWanted(wanted: string | undefined, found: unknown): boolean {
  return wanted === undefined || wanted === found;
}
