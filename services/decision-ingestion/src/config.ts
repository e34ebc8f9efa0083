import { z } from 'zod';

export const config = z.object({
  /** Largest body of one decision, in bytes. */
  decisionBodyLimit: z.int().positive().default(1_048_576),
  /** Largest body of a batch, in bytes. */
  batchBodyLimit: z.int().positive().default(16_777_216),
  /** Decisions of a batch, at most. */
  batchLimit: z.int().positive().default(1000),
  /** Events waiting for a commit or in one, for single decisions and for batches each; beyond it callers are told to
   *  come back (503). */
  queueCapacity: z.int().positive().default(20_000),
  /** The same in characters of JSON. */
  queueCharacters: z
    .int()
    .positive()
    .default(64 * 1_048_576),
  /** Events in one commit at most. */
  largestGroup: z.int().positive().default(2000),
  /** Characters of tool definitions that are kept. */
  toolsetCacheCharacters: z
    .int()
    .positive()
    .default(32 * 1_048_576),
});
export type Config = z.infer<typeof config>;
