import type { Fault } from '@retort/kernel';
import type { Position } from './position.ts';

/** An event on its way into the log. `id` and `causationId` are UUIDs in lower case. `json` is the serialised `data`: the store carries it byte for byte, and nobody
 *  between writer and reader parses it. */
export interface NewEvent {
  /** UUID. The same id appended again is the same event. */
  id: string;
  type: string;
  /** Version of the schema of `json`. */
  version: number;
  tenant: string;
  aggregateType: string;
  aggregateId: string;
  /** ISO 8601: when it happened. Kept as it was written. */
  occurredAt: string;
  causationId: string | null;
  correlationId: string;
  /** W3C `traceparent` of the span that recorded the event; absent where nobody traced. It is no part of what the hash chain
   *  proves. */
  traceParent?: string;
  json: string;
  /** ISO 8601: when another log recorded the event, of which it is moved. A store outside Postgres tells that, and not when it came. */
  firstRecordedAt?: string;
  /** Whom the data are about, by pseudonym, or the keys of those: such data are stored encrypted. The adapters know nothing of it
   *  (see @retort/privacy). */
  protect?: { subjects: readonly string[] } | { keys: readonly string[] };
}

export interface RecordedEvent extends NewEvent {
  stream: string;
  /** Place in its stream, from 0, without gaps. */
  revision: bigint;
  /** Place in the whole log. */
  position: Position;
  /** ISO 8601: when the log learnt of it. */
  recordedAt: string;
  /** Of data that are stored encrypted: with which keys, and whether `json` could be read with them. Where not, a key is destroyed,
   *  and `json` is what is stored. */
  sealed?: { keys: readonly string[]; isReadable: boolean };
}

export type ExpectedRevision = 'any' | 'no-stream' | bigint;

export interface AppendRequest {
  stream: string;
  expected: ExpectedRevision;
  /** Stored all or none, in this order. */
  events: readonly NewEvent[];
}

export type AppendOutcome =
  | { status: 'appended'; revision: bigint; position: Position }
  /** Every event of the request was already there. `recorded` is what the log holds, where the store can tell. */
  | { status: 'duplicate'; revision: bigint; recorded: readonly RecordedEvent[] }
  | { status: 'conflict'; expected: ExpectedRevision; actual: bigint | null }
  /** Cannot be stored whatever the log holds: not JSON, not a UUID, characters that no text may hold (400). */
  | { status: 'rejected'; fault: Fault };

export interface EventFilter {
  types?: readonly string[];
  streamPrefixes?: readonly string[];
}

export interface ReadOptions {
  /** Exclusive; from the beginning when absent. */
  after?: Position | null;
  /** Inclusive; to the present end when absent. */
  until?: Position;
  filter?: EventFilter;
  limit?: number;
}

export interface SubscribeOptions {
  after: Position | null;
  filter?: EventFilter;
  /** Ends the subscription. */
  signal: AbortSignal;
  /** At most so many events a batch; 500 when absent. */
  batchSize?: number;
  /** Told when the connection was lost and the subscription is trying again from where it stood. */
  onInterruption?: (error: unknown) => void;
}

/** A batch of the log. `position` is a safe checkpoint also when the filter left `events` empty. */
export interface EventBatch {
  events: readonly RecordedEvent[];
  position: Position;
  /** Nothing more was in the log when this batch was read. */
  caughtUp: boolean;
}

/** The system of record. Every adapter passes `contract/suite.ts`. */
export interface EventStore {
  readonly name: string;
  /** Whether the store itself refuses a second event with the same id anywhere in the log. Where it does not, whoever
   *  needs that must keep an index of its own. */
  readonly uniqueEventIds: boolean;
  /** What the events of one request may weigh together (`weightOf`); Infinity where nothing is too much. */
  readonly maxAppendBytes: number;
  /** Durable when it resolves. Throws `event-store.conflict` (409) on a wrong expected revision, or when only some of
   *  the events are there already; `event-store.rejected` (400) for events that cannot be stored. */
  append(request: AppendRequest): Promise<Extract<AppendOutcome, { status: 'appended' | 'duplicate' }>>;
  /** Many requests in one go, each atomic by itself: a conflict or a duplicate never fails its neighbours.
   *  Outcomes come in the order of the requests, all durable. Requests to one stream keep their order. */
  appendGroup(requests: readonly AppendRequest[]): Promise<AppendOutcome[]>;
  /** Events of one stream; empty when there is no such stream. */
  readStream(
    stream: string,
    options?: { from?: bigint; direction?: 'forwards' | 'backwards'; limit?: number },
  ): AsyncIterable<RecordedEvent>;
  /** The log in its order. Never shows an event below one it has already shown. */
  readAll(options?: ReadOptions): AsyncIterable<RecordedEvent>;
  /** Catch-up subscription: history first, then what comes, without a gap or a repeat; survives lost connections.
   *  One that resumes at the end of the log says so with an empty batch; otherwise a batch is empty only where the
   *  filter left nothing. Ends without an error when the signal aborts.
   *  The consumer's pace is the back-pressure: the next batch is fetched when it is asked for. */
  subscribe(options: SubscribeOptions): AsyncIterable<EventBatch>;
  /** A position that a subscription reaches, at or behind the last event that readers may see; null when there is none. Where
   *  others share the server it may be of something that they wrote. */
  head(): Promise<Position | null>;
  /** Throws when the store cannot take events now. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
