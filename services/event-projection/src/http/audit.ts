import { eventCatalog, listAuditEvents, streamName, verifyAuditEvents, type auditEventView } from '@retort/contracts';
import type { EventStore, RecordedEvent } from '@retort/event-store';
import { fault } from '@retort/kernel';
import { mount, pageMap, pageOf, verbatim, type Caller, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import { administrationOf, isAdministration } from '../app/administration.ts';
import type { Chain } from '../app/chain.ts';
import { verifyChain } from '../app/hash-chain.ts';
import { cursorPosition, parseStoredPosition } from '../app/position.ts';

const revision = z.string().regex(/^\d{1,18}$/);

export interface AuditPorts {
  store: EventStore;
  /** As it is stored: the hash chain is over ciphertext, and holds whoever's keys are destroyed. */
  storedEvents: Pick<EventStore, 'readAll'>;
  chain: Chain;
}

export function auditRoutes(app: Routes, { store, storedEvents, chain }: AuditPorts): void {
  mount(app, listAuditEvents, async ({ query, caller }) => {
    const { limit: _limit, cursor: _cursor, ...filters } = query;
    const narrowed = isAdministration(filters);
    if (narrowed && !caller.scopes.includes('admin'))
      throw fault('access.scope-missing', { public: 'The record of administration needs the scope admin.' });
    const page = await pageOf({
      area: 'audit',
      query,
      position: narrowed ? revision : cursorPosition,
      read: (after, limit) =>
        narrowed
          ? administrationOf(store, { tenant: caller.tenant, query: filters, after })
          : eventsOf(store, { caller, type: query.event_type, after, limit }),
      charactersOf: ({ json }) => json.length,
      positionOf: ({ revision, position }) => (narrowed ? String(revision) : position),
    });
    // Rows are made here; what the events say is not walked a second time.
    return verbatim(pageMap(page, viewOf));
  });

  mount(app, verifyAuditEvents, async () => {
    const { events, last, difference } = await verifyChain(storedEvents, chain);
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
  });
}

const neededFor = [
  ['tenant', 'admin'],
  ['erasure', 'admin'],
  ['budgets', 'products:read'],
  ['prompt', 'prompts:read'],
  ['model', 'models:read'],
  ['evaluation', 'models:read'],
] as const;

interface Listing {
  caller: Caller;
  type: string | undefined;
  after: string | null;
  limit: number;
}

/** Keys and administration are for administrators to read, prompts for whoever may read prompts, models and what is measured of
 *  them for whoever may read models. */
function eventsOf(store: EventStore, { caller, type, after, limit }: Listing): AsyncIterable<RecordedEvent> {
  const aggregates = new Set(Object.values(eventCatalog).map(({ aggregate }) => aggregate));
  for (const [aggregate, scope] of neededFor) if (!caller.scopes.includes(scope)) aggregates.delete(aggregate);
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
