import {
  erasureSteps,
  getErasure,
  listErasures,
  listShreddedEvents,
  requestErasure,
  streamName,
  urlOf,
  type ErasureView,
} from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { answer, mount, pageOf, type ErasureEvent, type Routes } from '@retort/service-kit';
import type { Erasure, Erasures } from '../app/erasures.ts';
import { cursorPosition, parseStoredPosition } from '../app/position.ts';
import type { ShreddedEvents } from '../app/shredded-events.ts';

export interface ErasureRoutesPorts {
  events: Pick<EventStore, 'readAll'>;
  erasures: Erasures;
  shredded: ShreddedEvents;
}

export function erasureRoutes(app: Routes, { events, erasures, shredded }: ErasureRoutesPorts): void {
  const viewOfOne = async (tenant: string, id: string) => viewOf(await erasures.find(tenant, id));

  mount(app, requestErasure, async ({ caller: { tenant }, body: { subject }, trace }) => {
    const view = viewOf(await erasures.request(tenant, subject, trace));
    const { erasure_id } = view;
    return answer(202, view, { location: urlOf(getErasure, { params: { erasure_id } }) });
  });

  mount(app, getErasure, ({ caller: { tenant }, params: { erasure_id } }) => viewOfOne(tenant, erasure_id));

  mount(app, listErasures, async ({ caller: { tenant }, query }) => {
    const filter = { streamPrefixes: [streamName('erasure', tenant, '')], types: ['ERASURE_REQUESTED'] };
    const page = await pageOf({
      area: 'erasures',
      query,
      position: cursorPosition,
      async read(after, limit) {
        const rows: { id: string; position: string }[] = [];
        const from = parseStoredPosition(after);
        for await (const { aggregateId, position } of events.readAll({ after: from, filter, limit }))
          rows.push({ id: aggregateId, position });
        return rows;
      },
      positionOf: ({ position }) => position,
    });
    return { ...page, data: await Promise.all(page.data.map(({ id }) => viewOfOne(tenant, id))) };
  });

  mount(app, listShreddedEvents, async ({ caller: { tenant }, params: { erasure_id }, query }) => {
    const { request } = await erasures.find(tenant, erasure_id);
    const page = await pageOf({
      area: 'erasures',
      query: { ...query, erasure_id },
      position: cursorPosition,
      read: (after, limit) => shredded.list({ tenant, keys: request.keys, after, limit }),
      positionOf: ({ position }) => position,
    });
    return {
      ...page,
      data: page.data.map(({ eventId: event_id, eventType: event_type, position }) => ({
        event_id,
        event_type,
        position,
      })),
    };
  });
}

function viewOf({ request, state, history }: Erasure): ErasureView {
  const at = (wanted: (event: ErasureEvent) => boolean) => history.find(({ event }) => wanted(event))?.at ?? null;
  const completed = at(({ type }) => type === 'ERASURE_COMPLETED');
  return {
    erasure_id: request.erasure_id,
    state: completed === null ? 'running' : 'completed',
    kind: request.kind,
    subject: request.subject,
    keys: request.keys.length,
    requested_at: at(({ type }) => type === 'ERASURE_REQUESTED')!,
    completed_at: completed,
    steps: erasureSteps.map((step) => ({
      step,
      completed_at: at((event) => event.type === 'ERASURE_STEP_COMPLETED' && event.data.step === step),
      counts: state.steps.get(step)?.counts ?? {},
      versions: state.steps.get(step)?.versions ?? [],
    })),
    events: history.map(({ id }) => id),
  };
}
