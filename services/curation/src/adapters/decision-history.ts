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
  /** Read the history as it was at this position of the log, once it is known; as it is now when null. */
  at: string | null;
  /** Only what had happened by then. */
  asOf?: string | undefined;
  /** Only what was known by then. */
  recordedAsOf?: string | undefined;
  signal: AbortSignal;
}

/** What curation reads of one tenant's decision history. */
export interface DecisionHistory {
  /** Decisions in the order of the log, tools by reference. Unchecked: whoever parses them checks them. */
  read(query: HistoryQuery): AsyncIterable<unknown>;
  /** Those of at most 1,000 decisions that exist, in the order asked for. */
  byIds(
    ids: readonly string[],
    options: { toolsets: 'expand' | 'reference'; recordedAsOf?: string | undefined },
  ): Promise<DecisionView[]>;
  tools(toolset: string): Promise<ToolDefinition[]>;
  /** How many decisions there are. */
  size(): Promise<number>;
}

export function projectedHistory(http: ServiceClient, tenant: string, trace: Trace): DecisionHistory {
  const client = http.as(tenant, trace);
  return {
    read: ({ agents, at, asOf, recordedAsOf, signal }) =>
      client.lines('/api/v1/decisions', {
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
    byIds: async (ids, { toolsets, recordedAsOf }) =>
      (
        await client.post(
          '/api/v1/decisions:lookup',
          { ids, toolsets, recorded_as_of: recordedAsOf },
          decisionLookupView,
        )
      ).data,
    tools: async (toolset) => (await client.get(`/api/v1/toolsets/${encodeURIComponent(toolset)}`, toolsetView)).tools,
    size: async () =>
      (await client.get('/api/v1/agents', agentListView)).data.reduce((sum, { decisions }) => sum + decisions, 0),
  };
}
