import { auditEventQuery, auditEventView, chainVerification, eventCatalog, page, streamName } from '@retort/contracts';
import type { EventStore, RecordedEvent } from '@retort/event-store';
import { fault } from '@retort/kernel';
import { decodeCursor, encodeCursor, linkToNext, type Caller, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { Chain } from '../adapters/chain.ts';
import { administrationOf, isAdministration } from '../app/administration.ts';
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
      const { caller } = request;
      const { limit, cursor, ...query } = request.query;
      const after = cursor === undefined ? null : decodeCursor({ cursor, query, after: z.string(), room: 'audit' });
      const narrowed = isAdministration(query);
      if (narrowed && !caller.scopes.includes('admin'))
        throw fault('access.scope-missing', { public: 'The record of administration needs the scope admin.' });
      const events = narrowed
        ? administrationOf(store, { tenant: caller.tenant, query, after })
        : eventsOf(store, { caller, type: query.event_type, after, limit: limit + 1 });
      const rows: RecordedEvent[] = [];
      for await (const event of events) if (rows.push(event) > limit) break;
      const data = rows.slice(0, limit);
      const last = data.at(-1);
      const place = narrowed ? String(last?.revision) : last?.position;
      const next = rows.length > limit && last ? encodeCursor({ query, after: place }) : null;
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

interface Listing {
  caller: Caller;
  type: string | undefined;
  after: string | null;
  limit: number;
}

/** Keys and administration are for administrators to read. */
function eventsOf(store: EventStore, { caller, type, after, limit }: Listing): AsyncIterable<RecordedEvent> {
  const aggregates = new Set(Object.values(eventCatalog).map(({ aggregate }) => aggregate));
  if (!caller.scopes.includes('admin')) aggregates.delete('tenant');
  const streamPrefixes = [...aggregates].map((aggregate) => streamName(aggregate, caller.tenant, ''));
  const filter = { streamPrefixes, ...(type === undefined ? {} : { types: [type] }) };
  return store.readAll({ after: parseStoredPosition(after), filter, limit });
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
