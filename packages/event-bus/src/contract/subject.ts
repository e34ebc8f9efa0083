import type { EventBus } from '../port.ts';

/** A bus as the contract meets it, and handles on what surrounds it. */
export interface EventBusUnderTest {
  bus: EventBus;
  /** A second client of the same bus, as another process would have. */
  another(): Promise<EventBus>;
  /** Makes a topic that no other test uses. */
  freshTopic(): Promise<string>;
  /** Breaks every connection that is open now. New ones succeed. Absent where connections cannot be cut. */
  cutConnections?: () => Promise<unknown>;
  /** A member of a group that takes messages and then is gone without a word, as after `kill -9`. It resolves when the
   *  member holds everything the group has. Absent where a crash cannot be staged. */
  crashedMember?: (options: { group: string; topic: string }) => Promise<void>;
  stop(): Promise<void>;
}

/** What an adapter may be unable to give. Each is named with its reason, and its tests count as skipped. */
export type Limit = 'cut-connections' | 'crashed-member';
export type Limits = Partial<Record<Limit, string>>;

/** What each file of the suite is given. */
export interface ContractContext {
  subject: () => EventBusUnderTest;
  /** Like `it`, for what an adapter may declare that it cannot give: skipped then, with the reason in its name. */
  unless(limit: Limit, guarantee: string, test: () => Promise<void>): void;
}
