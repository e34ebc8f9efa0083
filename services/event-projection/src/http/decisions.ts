import {
  countDecisions,
  getDecision,
  getDecisionHistory,
  listDecisions,
  lookUpDecisions,
  timestamp,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import {
  answer,
  decodeCursor,
  encodeCursor,
  lines,
  mount,
  pageCharacters,
  pageMap,
  pageOf,
  verbatim,
  type InProcessRequest,
  type Routes,
} from '@retort/service-kit';
import { z } from 'zod';
import { linesOf, viewsOf, waitFor, type ReadPorts, type ToolsetForm } from '../app/read-decisions.ts';
import type { HistoryRow } from '../app/decisions.ts';
import { cursorPosition } from '../app/position.ts';
import type { ShreddedEvents } from '../app/shredded-events.ts';
import { decisionQueryOf } from '../domain/decision-query.ts';

/** A cursor pins the snapshot that the first page was read from. */
const cursorContent = z.object({
  snapshot: cursorPosition,
  after: z.object({ occurred_at: timestamp, position: cursorPosition }),
});

/** Rows are made here, field by field, and sent as they are: walking every one of them a second time would cost more than
 *  reading it. */
export interface DecisionPorts extends ReadPorts {
  shredded: Pick<ShreddedEvents, 'countAll'>;
}

export function decisionRoutes(app: Routes, options: DecisionPorts): void {
  const { decisions } = options;

  mount(app, listDecisions, async ({ query: asked, caller: { tenant }, wanted }) => {
    const { limit, cursor, at_least, toolsets: form, ...bound } = asked;
    await waitFor(at_least, options);
    await waitFor(asked.at_most, options, 'at_most');
    const query = decisionQueryOf(asked);
    const resumed =
      cursor === undefined
        ? null
        : decodeCursor({ cursor, query: bound, after: cursorContent, namespace: 'decisions' });
    const snapshot = resumed?.snapshot ?? asked.at_most ?? (await decisions.position()) ?? '0/0';
    const headers = { 'retort-log-position': snapshot };
    if (wanted === 'lines') return answer(200, lines(linesOf({ tenant, query, snapshot }, form, options)), headers);
    const after = resumed?.after ?? null;
    const { rows, more } = await decisions.page({ tenant, query, snapshot, after, limit, size: sizeOfPage(form) });
    const data = await viewsOf(rows, { tenant, form }, options);
    const last = more ? data.at(-1) : undefined;
    const next_cursor = last
      ? encodeCursor({
          query: bound,
          after: { snapshot, after: { occurred_at: last.occurred_at, position: last.position } },
        })
      : null;
    return answer(200, verbatim({ data, next_cursor, has_more: next_cursor !== null }), headers);
  });

  mount(app, getDecision, async ({ params, query, caller: { tenant } }) => {
    await waitFor(query.at_least, options);
    const rows = await decisions.find(tenant, [params.id], query);
    const [view] = await viewsOf(rows, { tenant, form: query.toolsets }, options);
    if (view) return verbatim(view);
    throw unknownDecision();
  });

  mount(app, getDecisionHistory, async ({ params, query, caller }) => {
    await waitFor(query.at_least, options);
    const { tenant } = caller;
    const events = await pageOf({
      area: 'decisions',
      query: { ...query, id: params.id },
      position: cursorPosition,
      positionOf,
      read: (after) => decisions.history({ ...query, tenant, id: params.id, after }),
      charactersOf: ({ data }) => JSON.stringify(data).length,
    });
    if (events.data.length === 0 && query.cursor === undefined) throw unknownDecision();
    return verbatim(pageMap(events, eventViewOf));
  });

  mount(app, countDecisions, async ({ caller: { tenant }, query: { at_most } }) => {
    const count = await decisions.count(tenant, at_most ?? null);
    const shredded = await options.shredded.countAll(tenant);
    return { decisions: count, ...(shredded > 0 && { shredded }) };
  });

  const lookUp = lookUpIn(options);
  mount(app, lookUpDecisions, async ({ body, caller: { tenant } }) => verbatim(await lookUp(tenant, body)));
}

/** For services of the same process: rows that are read a data set at a time are neither written nor read again. */
export function lookUpInProcess(options: ReadPorts) {
  const lookUp = lookUpIn(options);
  return ({ tenant, body }: InProcessRequest<typeof lookUpDecisions>) =>
    lookUp(tenant, lookUpDecisions.body.parse(body));
}

function lookUpIn(options: ReadPorts) {
  return async (tenant: string, { ids, toolsets: form, ...moment }: z.infer<typeof lookUpDecisions.body>) => {
    const { rows, rest } = await options.decisions.findPage({ tenant, ids, ...moment, size: sizeOfPage(form) });
    const data = await viewsOf(rows, { tenant, form }, options);
    return { data, ...(rest.length > 0 && { rest: [...rest] }) };
  };
}

const positionOf = (row: HistoryRow) => `${row.commit_position}/${row.prepare_position}`;

const eventViewOf = (row: HistoryRow) => ({
  event_id: row.event_id,
  event_type: row.event_type,
  occurred_at: row.occurred_at.toISOString(),
  recorded_at: row.recorded_at.toISOString(),
  position: positionOf(row),
  data: row.data as z.core.util.JSONType,
});

const sizeOfPage = (form: ToolsetForm) => ({ characters: pageCharacters, withTools: form === 'expand' });

function unknownDecision() {
  return fault('decisions.unknown', { public: 'There is no decision of this id.' });
}
