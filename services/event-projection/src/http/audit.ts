import { auditEventQuery, auditEventView, chainVerification, eventCatalog, page, streamName } from '@retort/contracts';
import type { EventStore, RecordedEvent } from '@retort/event-store';
import { decodeCursor, encodeCursor, linkToNext, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { Chain } from '../adapters/chain.ts';
import { verifyChain } from '../app/hash-chain.ts';
import { parseStoredPosition } from '../app/position.ts';

export function auditRoutes(app: Routes, { store, chain }: { store: EventStore; chain: Chain }): void {
  app.get(
    '/api/v1/audit-events',
    {
      config: { scope: 'decisions:read' },
      serializerCompiler: () => (value: unknown) => JSON.stringify(value),
      schema: {
        summary: 'The events of the tenant, in the order of the log',
        operationId: 'listAuditEvents',
        querystring: auditEventQuery,
        response: { 200: page(auditEventView) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, event_type } = request.query;
      const query = { event_type: event_type ?? null };
      const after = cursor === undefined ? null : decodeCursor({ cursor, query, after: z.string(), room: 'audit' });
      const rows: RecordedEvent[] = [];
      const filter = {
        streamPrefixes: prefixesOf(request.caller.tenant),
        ...(event_type === undefined ? {} : { types: [event_type] }),
      };
      for await (const event of store.readAll({ after: parseStoredPosition(after), filter, limit: limit + 1 }))
        rows.push(event);
      const data = rows.slice(0, limit);
      const last = data.at(-1);
      const next = rows.length > limit && last ? encodeCursor({ query, after: last.position }) : null;
      linkToNext(request, reply, next);
      return { data: data.map(viewOf), next_cursor: next, has_more: next !== null };
    },
  );

  app.get(
    '/api/v1/audit-events::verify',
    {
      // The chain covers every tenant's events.
      config: { scope: 'admin' },
      schema: {
        summary: 'Compare the log with its hash chain',
        operationId: 'verifyAuditEvents',
        response: { 200: chainVerification },
      },
    },
    async () => {
      const { events, last, difference } = await verifyChain(store, chain);
      return {
        intact: difference === null,
        events,
        position: last?.position ?? null,
        head_hash: last ? last.hash.toString('hex') : null,
        first_difference: difference && {
          kind: difference.kind,
          event_id: difference.eventId,
          position: difference.position,
        },
      };
    },
  );
}

/** Every stream of a tenant begins with one of these. */
function prefixesOf(tenant: string): string[] {
  const aggregates = new Set(Object.values(eventCatalog).map(({ aggregate }) => aggregate));
  return [...aggregates].map((aggregate) => streamName(aggregate, tenant, ''));
}

function viewOf(event: RecordedEvent): z.infer<typeof auditEventView> {
  return {
    event_id: event.id,
    event_type: event.type,
    aggregate_type: event.aggregateType,
    aggregate_id: event.aggregateId,
    version: event.version,
    occurred_at: event.occurredAt,
    recorded_at: event.recordedAt,
    causation_id: event.causationId,
    correlation_id: event.correlationId,
    position: event.position,
    data: JSON.parse(event.json) as z.infer<typeof auditEventView>['data'],
  };
}
