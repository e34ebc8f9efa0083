import { Readable } from 'node:stream';
import {
  countDecisions,
  decisionHistoryQuery,
  decisionHistoryView,
  decisionListQuery,
  decisionLookupInput,
  decisionLookupView,
  decisionReadQuery,
  decisionView,
  page,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import { decodeCursor, encodeCursor, linkToNext, mount, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { Place } from '../adapters/decisions.ts';
import { linesOf, viewsOf, waitFor, type ReadOptions } from '../app/read-decisions.ts';
import { decisionQueryOf } from '../domain/decision-query.ts';

const config = { scope: 'decisions:read' } as const;
/** Rows are made here, field by field; walking every one of them a second time would cost more than reading it. */
const serializerCompiler = () => (value: unknown) => JSON.stringify(value);
const cursorContent = z.object({
  snapshot: z.string(),
  after: z.object({ occurred_at: z.string(), position: z.string() }),
});
const ndjson = 'application/x-ndjson';

export function decisionRoutes(app: Routes, options: ReadOptions): void {
  const { decisions } = options;

  app.get(
    '/api/v1/decisions',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'Decisions, a page at a time; with Accept: application/x-ndjson the whole snapshot',
        operationId: 'listDecisions',
        querystring: decisionListQuery,
        response: { 200: page(decisionView) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, at_least, toolsets: form, ...asked } = request.query;
      await waitFor(at_least, options);
      await waitFor(asked.at_most, options, 'at_most');
      const { tenant } = request.caller;
      const query = decisionQueryOf(request.query);
      const resumed =
        cursor === undefined ? null : decodeCursor({ cursor, query: asked, after: cursorContent, room: 'decisions' });
      const snapshot = resumed?.snapshot ?? asked.at_most ?? (await decisions.position()) ?? '0/0';
      reply.header('retort-log-position', snapshot);
      if (request.headers.accept?.includes(ndjson)) {
        reply.type(ndjson);
        // The schema speaks of the JSON form only.
        return reply.send(Readable.from(linesOf({ tenant, query, snapshot }, form, options)) as never);
      }
      const after: Place | null = resumed?.after ?? null;
      const { rows, more } = await decisions.page({ tenant, query, snapshot, after, limit });
      const data = await viewsOf(rows, { tenant, form }, options);
      const last = data.at(-1);
      const next =
        more && last
          ? encodeCursor({
              query: asked,
              after: { snapshot, after: { occurred_at: last.occurred_at, position: last.position } },
            })
          : null;
      linkToNext(request, reply, next);
      return { data, next_cursor: next, has_more: next !== null };
    },
  );

  app.get(
    '/api/v1/decisions/:id',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'One decision, with the outcomes reported later',
        operationId: 'getDecision',
        params: z.object({ id: z.string() }),
        querystring: decisionReadQuery,
        response: { 200: decisionView },
      },
    },
    async ({ params, query, caller: { tenant } }) => {
      await waitFor(query.at_least, options);
      const rows = await decisions.find(tenant, [params.id], query);
      const [view] = await viewsOf(rows, { tenant, form: query.toolsets }, options);
      if (view) return view;
      throw unknownDecision();
    },
  );

  app.get(
    '/api/v1/decisions/:id/history',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'Every event about one decision, the oldest first',
        operationId: 'getDecisionHistory',
        params: z.object({ id: z.string() }),
        querystring: decisionHistoryQuery,
        response: { 200: decisionHistoryView },
      },
    },
    async ({ params, query, caller }) => {
      await waitFor(query.at_least, options);
      const rows = await decisions.history(caller.tenant, params.id, query);
      if (rows.length === 0) throw unknownDecision();
      return {
        data: rows.map(({ event_id, event_type, occurred_at, recorded_at, data, ...place }) => ({
          event_id,
          event_type,
          occurred_at: occurred_at.toISOString(),
          recorded_at: recorded_at.toISOString(),
          position: `${place.commit_position}/${place.prepare_position}`,
          data: data as z.core.util.JSONType,
        })),
      };
    },
  );

  mount(app, countDecisions, async ({ caller, query: { at_most } }) => ({
    decisions: await decisions.count(caller.tenant, at_most ?? null),
  }));

  app.post(
    '/api/v1/decisions::lookup',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'Decisions by their ids',
        operationId: 'lookUpDecisions',
        body: decisionLookupInput,
        response: { 200: decisionLookupView },
      },
    },
    async ({ body, caller: { tenant } }) => {
      const rows = await decisions.find(tenant, body.ids, body);
      const places = new Map(body.ids.map((id, index) => [id, index]));
      rows.sort((left, right) => (places.get(left.id) ?? 0) - (places.get(right.id) ?? 0));
      return { data: await viewsOf(rows, { tenant, form: body.toolsets }, options) };
    },
  );
}

function unknownDecision() {
  return fault('decisions.unknown', { public: 'There is no decision of this id.' });
}
