import type { AppendRequest, EventStore } from '../port.ts';

/** A store as the contract meets it: empty, and with handles on what surrounds it. */
export interface EventStoreUnderTest {
  store: EventStore;
  /** A second client of the same log, as another process would have. */
  another(): Promise<EventStore>;
  /** Breaks every connection that is open now. New ones succeed. Absent where connections cannot be cut. */
  cutConnections?: () => Promise<unknown>;
  /** The server dies and comes back with its log, and without what stood in its memory. Absent where it cannot be killed. */
  restart?: () => Promise<unknown>;
  /** Appends without committing yet, as a writer that is slower than others. Absent where writes cannot overlap. */
  appendSlowly?: (request: AppendRequest) => Promise<{ commit(): Promise<void> }>;
  stop(): Promise<void>;
}

/** What an adapter may be unable to give. Each is named with its reason, and its tests count as skipped. */
export type Limit = 'unique-event-ids' | 'overlapping-writes' | 'cut-connections' | 'restart' | 'rejects-invalid-json';
export type Limits = Partial<Record<Limit, string>>;

/** What each file of the suite is given. */
export interface ContractContext {
  subject: () => EventStoreUnderTest;
  /** Like `it`, for what an adapter may declare that it cannot give: skipped then, with the reason in its name. */
  unless(limit: Limit, guarantee: string, test: () => Promise<void>): void;
}
