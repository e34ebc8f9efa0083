import { z } from 'zod';

export const config = z.object({
  /** Events in one transaction of the projection, at most. */
  batchSize: z.int().positive().max(10_000).default(2000),
  /** Events in one publication of the relay, at most. */
  relayBatchSize: z.int().positive().max(10_000).default(1000),
  /** Events in one block of the hash chain, at most. */
  chainBlockSize: z.int().positive().max(10_000).default(1000),
  /** Hours that the bus in Postgres keeps a message for groups to come; one that a known group lacks is kept longer. A Kafka
   *  broker has a retention of its own. */
  busRetentionHours: z.number().positive().max(87_600).default(168),
  /** Days that an artifact stays which no event refers to (yet): longer than any run takes. */
  artifactGraceDays: z.number().positive().default(7),
  /** Milliseconds a reader may ask the projection to wait for a position of the log. */
  waitForPositionMs: z.int().positive().default(10_000),
});
