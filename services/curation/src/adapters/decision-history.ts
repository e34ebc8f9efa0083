import {
  agentListView,
  decisionLookupView,
  toolsetView,
  type DecisionView,
  type ToolDefinition,
} from '@retort/contracts';
import type { ServiceClient, Trace } from '@retort/service-kit';

export interface HistoryQuery {
  /** Only these agents' decisions; all when null. */
  agents: readonly string[] | null;
  /** A position of the log that must be in the answer. */
  atLeast: string | null;
  signal: AbortSignal;
}

/** What curation reads of one tenant's decision history. */
export interface DecisionHistory {
  /** Decisions in the order of the log, tools by reference. Unchecked: whoever parses them checks them. */
  read(query: HistoryQuery): AsyncIterable<unknown>;
  /** Those of at most 1,000 decisions that exist, in the order asked for. */
  byIds(ids: readonly string[], toolsets: 'expand' | 'reference'): Promise<DecisionView[]>;
  tools(toolset: string): Promise<ToolDefinition[]>;
  /** How many decisions there are. */
  size(): Promise<number>;
}

export function projectedHistory(http: ServiceClient, tenant: string, trace: Trace): DecisionHistory {
  const client = http.as(tenant, trace);
  return {
    read: ({ agents, atLeast, signal }) =>
      client.lines('/api/v1/decisions', {
        signal,
        query: {
          toolsets: 'reference',
          at_least: atLeast ?? undefined,
          'filter[agent_id][in]': agents?.join(','),
        },
      }),
    byIds: async (ids, toolsets) =>
      (await client.post('/api/v1/decisions:lookup', { ids, toolsets }, decisionLookupView)).data,
    tools: async (toolset) => (await client.get(`/api/v1/toolsets/${encodeURIComponent(toolset)}`, toolsetView)).tools,
    size: async () =>
      (await client.get('/api/v1/agents', agentListView)).data.reduce((sum, { decisions }) => sum + decisions, 0),
  };
}
