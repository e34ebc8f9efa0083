import type { DecisionQuery } from '../domain/decision-query.ts';
import type { StoredDecision } from '../domain/decision-view.ts';

/** Where a page ended. */
export interface Position {
  occurred_at: string;
  position: string;
}

export interface PageRequest {
  tenant: string;
  query: DecisionQuery;
  /** The position of the log the whole list is pinned to. */
  snapshot: string;
  after: Position | null;
  limit: number;
  size: SizeOfPage;
}

/** How large rows may be together: the one that brings them to so many characters is the last. */
export interface SizeOfPage {
  characters: number;
  /** Whether the tools offered stand with each of them. */
  withTools: boolean;
}

export interface Page {
  /** As many as were asked for at most: fewer where they are large. */
  rows: StoredDecision[];
  /** Whether others follow. */
  more: boolean;
}

export interface HistoryRow {
  event_id: string;
  event_type: string;
  occurred_at: Date;
  recorded_at: Date;
  commit_position: bigint;
  prepare_position: bigint;
  data: unknown;
}

export interface Decisions {
  /** The position up to which the tables know the log; null when they know nothing. */
  position(): Promise<string | null>;
  page(request: PageRequest): Promise<Page>;
  /** How many there are, counted no further than `atMost`. */
  count(tenant: string, atMost: number | null): Promise<number>;
  find(tenant: string, ids: readonly string[], moment?: Moment): Promise<StoredDecision[]>;
  /** The same in the order of the ids; `rest` are those which were not looked for, the page being full. */
  findPage(request: LookUp): Promise<{ rows: StoredDecision[]; rest: readonly string[] }>;
  /** The events about a decision after a position, in the order of the log, read some at a time. */
  history(request: HistoryRequest): AsyncIterable<HistoryRow>;
}

export interface HistoryRequest extends Moment {
  tenant: string;
  id: string;
  after: string | null;
}

interface LookUp extends Moment {
  tenant: string;
  ids: readonly string[];
  size: SizeOfPage;
}

/** What is asked of the past. */
export interface Moment {
  /** Leaves out what had not happened then. */
  as_of?: string | undefined;
  /** Leaves out what was not known then. */
  recorded_as_of?: string | undefined;
}
