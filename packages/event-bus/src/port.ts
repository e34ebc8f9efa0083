/** A message on the bus is a CloudEvent (1.0, binary mode): attributes beside the data, the data untouched. */
export interface BusMessage {
  topic: string;
  /** Messages with one key stay in order. Retort uses the stream's name. */
  key: string;
  attributes: MessageAttributes;
  /** JSON text. */
  data: string;
}

/** CloudEvents context attributes, `specversion` and `datacontenttype` aside, and Retort's extensions. */
export interface MessageAttributes {
  id: string;
  source: string;
  type: string;
  /** ISO 8601: when it happened. */
  time: string;
  subject: string;
  tenant: string;
  correlationid: string;
  causationid?: string;
  /** W3C trace context, as CloudEvents' extension for distributed tracing names it. */
  traceparent?: string;
  /** Version of the schema of the data. */
  schemaversion: string;
  /** Where the event stands in the log. */
  logposition: string;
  /** The message is for this group alone: it is a replayed dead letter of this group, and the others have handled it. */
  forgroup?: string;
}

export interface ReceivedMessage extends BusMessage {
  partition: number;
  offset: bigint;
  /** From 1; above 1 the message is delivered again because handling it failed. */
  attempt: number;
}

export interface ConsumeOptions {
  group: string;
  topics: readonly string[];
  /** At least once, in order within a partition. A message that throws is tried again with back-off; after
   *  `maxAttempts` (5) it goes to the dead letters and the partition moves on. A retriable fault of status 503 is no
   *  attempt: what the handler needs is down, and the partition waits for it. */
  handle(message: ReceivedMessage): Promise<void>;
  maxAttempts?: number;
  /** Where a group that is new begins: with what is there ('earliest', the default) or with what comes. */
  startFrom?: 'earliest' | 'latest';
  onError?: (error: unknown, message?: ReceivedMessage) => void;
}

export interface Consumption {
  /** Stops taking messages, waits for those in hand, gives the partitions back. */
  close(): Promise<void>;
}

export interface PartitionLag {
  topic: string;
  partition: number;
  /** Messages that the group has not handled yet. */
  lag: bigint;
}

export interface DeadLetter {
  /** Opaque handle for `replay`. */
  handle: string;
  group: string;
  message: BusMessage;
  error: string;
  attempts: number;
  failedAt: string;
}

export interface DeadLetterQuery {
  /** Whose handling failed. */
  group?: string;
  tenant?: string;
  handle?: string;
  /** 100 when absent. */
  limit?: number;
}

/** How services receive each other's events. Every adapter passes `contract/suite.ts`. */
export interface EventBus {
  readonly name: string;
  /** Which log its offsets count in: with another one they begin anew. */
  readonly log: string;
  /** Resolves when every message is durable on the bus. */
  publish(messages: readonly BusMessage[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<Consumption>;
  lag(group: string): Promise<PartitionLag[]>;
  /** The oldest first. */
  deadLetters(options?: DeadLetterQuery): Promise<DeadLetter[]>;
  /** Publishes a dead letter again to the topic it came from, for the group that buried it, and removes it from the dead
   *  letters. */
  replay(handle: string): Promise<void>;
  /** Deletes messages published before a moment that every group of their topic has handled, and returns how many. 0 where
   *  the bus has a retention of its own, as a Kafka broker has. */
  trim(before: Date): Promise<number>;
  /** Throws when the bus cannot take messages now. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
