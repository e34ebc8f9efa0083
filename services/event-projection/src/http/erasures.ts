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
import { fault } from '@retort/kernel';
import type { Privacy } from '@retort/privacy';
import {
  answer,
  erasures,
  mount,
  pageOf,
  type Aggregate,
  type ErasureEvent,
  type ErasureState,
  type Routes,
  type ServiceContext,
} from '@retort/service-kit';
import { z } from 'zod';
import { parseStoredPosition } from '../app/position.ts';
import type { ShreddedEvents } from '../app/shredded-events.ts';

export interface ErasurePorts {
  context: Pick<ServiceContext<unknown>, 'events' | 'clock' | 'newId'>;
  privacy: Privacy | null;
  shredded: ShreddedEvents;
}

export function erasureRoutes(app: Routes, { context, privacy, shredded }: ErasurePorts): void {
  const { events, newId } = context;
  const registry = erasures(context);

  async function find(tenant: string, id: string) {
    const found = await registry.load(tenant, id);
    if (found.state.request) return { ...found, request: found.state.request };
    throw fault('erasures.unknown', { public: 'There is no erasure of this id.' });
  }
  const viewOfOne = async (tenant: string, id: string) => viewOf(await registry.load(tenant, id));

  mount(app, requestErasure, async ({ caller: { tenant }, body: { subject }, trace }) => {
    const encryption = privacy?.encryption;
    if (!encryption) throw fault('privacy.not-encrypted', { public: 'No data of subjects are stored encrypted here.' });
    if (!privacy.policy.subjects.some(({ kind }) => kind === subject.kind))
      throw fault('erasures.unknown-kind', {
        public: `There are no subjects of the kind ${subject.kind}.`,
        errors: [{ pointer: '/subject/kind', message: 'is not a kind that the platform is configured with' }],
      });
    const id = newId();
    const pseudonym = await encryption.pseudonym(tenant, subject);
    const keys = [...(await encryption.keysOf(tenant, pseudonym))];
    const request = { erasure_id: id, kind: subject.kind, subject: pseudonym, keys };
    await registry.handle(tenant, id, { type: 'Request', request }, trace);
    return answer(202, await viewOfOne(tenant, id), {
      location: urlOf(getErasure, { params: { erasure_id: id } }),
    });
  });

  mount(app, getErasure, async ({ caller: { tenant }, params: { erasure_id } }) =>
    viewOf(await find(tenant, erasure_id)),
  );

  mount(app, listErasures, async ({ caller: { tenant }, query }) => {
    const filter = { streamPrefixes: [streamName('erasure', tenant, '')], types: ['ERASURE_REQUESTED'] };
    const page = await pageOf({
      area: 'erasures',
      query,
      position: z.string(),
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
    const { request } = await find(tenant, erasure_id);
    const page = await pageOf({
      area: 'erasures',
      query: { ...query, erasure_id },
      position: z.string(),
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

function viewOf({ state, history }: Aggregate<ErasureState, ErasureEvent>): ErasureView {
  const request = state.request!;
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
