import {
  countDecisions,
  getToolset,
  listAgents,
  listDecisions,
  listOwnAnswers,
  lookUpDecisions,
} from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { HistoryOf } from '../app/decision-history.ts';

/** The history as event-projection serves it, and what inference knows of it. */
export function projectedHistory(http: ServiceClient): HistoryOf {
  return (tenant, trace) => {
    const client = http.as(tenant, trace);
    return {
      read: ({ agents, at, asOf, recordedAsOf, signal }) =>
        client.uncheckedLines(listDecisions, {
          signal,
          query: {
            toolsets: 'reference',
            at_least: at ?? undefined,
            at_most: at ?? undefined,
            as_of: asOf,
            recorded_as_of: recordedAsOf,
            'filter[agent_id][in]': agents?.join(','),
          },
        }),
      byIds: (ids, { toolsets, recordedAsOf }) =>
        client.call(lookUpDecisions, { body: { ids: [...ids], toolsets, recorded_as_of: recordedAsOf } }),
      ownAnswers: (signal) => client.uncheckedLines(listOwnAnswers, { signal }),
      tools: async (toolset) => (await client.call(getToolset, { params: { digest: toolset } })).tools,
      shredded: async () => (await client.call(countDecisions, {})).shredded ?? 0,
      size: async () => (await client.call(listAgents)).data.reduce((sum, { decisions }) => sum + decisions, 0),
    };
  };
}
