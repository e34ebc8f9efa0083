import type { DecisionView, ToolDefinition } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';

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
  /** Those of at most 1,000 decisions that exist, in the order asked for; `rest`, the last of the ids, were not looked for. */
  byIds(
    ids: readonly string[],
    options: { toolsets: 'expand' | 'reference'; recordedAsOf?: string | undefined },
  ): Promise<{ data: DecisionView[]; rest?: readonly string[] | undefined }>;
  tools(toolset: string): Promise<ToolDefinition[]>;
  /** What the platform answered itself. Unchecked, as `read`. */
  ownAnswers(signal: AbortSignal): AsyncIterable<unknown>;
  /** How many decisions there are. */
  size(): Promise<number>;
  /** How many there were besides that nobody can read any more. */
  shredded(): Promise<number>;
}

/** The history of a tenant, read on behalf of a trace. */
export type HistoryOf = (tenant: string, trace: Trace) => DecisionHistory;
