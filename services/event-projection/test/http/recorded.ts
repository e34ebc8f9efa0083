import { getDecision, getDecisionHistory, listDecisions, type DecisionView, type urlOf } from '@retort/contracts';
import { decided, registered, startProjection } from '../host.ts';

export type Page = { data: DecisionView[]; next_cursor: string | null; has_more: boolean };
export type Query = NonNullable<Parameters<typeof urlOf<typeof listDecisions>>[1]>['query'];

/** The service with the decisions a, b and c of `acme`, and one of another tenant that is called as one of these. */
export async function startRecorded() {
  const host = await startProjection();
  await host.record(
    registered(),
    decided('a', { outcome: { success: true, execution_time_ms: 10 } }, { occurredAt: '2026-01-03T00:00:00.000Z' }),
    decided('b', { agent_id: 'risk', tool_selected: 'help', tool_parameters: {} }),
    decided(
      'c',
      { decided_by: { kind: 'student', model_version: 'm1' }, context: { query: 'a' } },
      { occurredAt: '2026-01-03T01:00:00.000Z' },
    ),
    decided('a', {}, { tenant: 'globex' }),
  );
  return {
    ...host,
    list: async (query: Query = {}) => (await host.call(listDecisions, { query })).body,
    one: (id: string, query = {}, tenant = 'acme') => host.call(getDecision, { params: { id }, query, tenant }),
    history: (id: string, query = {}, tenant = 'acme') =>
      host.call(getDecisionHistory, { params: { id }, query, tenant }),
  };
}
export type Recorded = Awaited<ReturnType<typeof startRecorded>>;

export const ids = (page: Page) => page.data.map(({ id }) => id);
export const nextOf = ({ headers }: { headers: Headers }) =>
  /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
