import { z } from 'zod';

export const config = z.object({
  /** Whether the curator acts by itself. Runs can be started over HTTP either way. */
  auto: z.boolean().default(true),
  /** It curates first when there are so many decisions, then when they have doubled... */
  firstDecisions: z.int().positive().default(150),
  /** ...later when so many came since the last version... */
  newDecisions: z.int().positive().default(1000),
  /** ...or any did and the last version is so old. */
  everyMs: z
    .int()
    .positive()
    .default(24 * 3_600_000),
  /** After a failed run it waits so long before it tries again by itself. */
  retryMs: z.int().positive().default(300_000),
  /** How often it runs by itself; 60 000 when absent. */
  pollMs: z.int().positive().optional(),
  /** What `pollMs` was called before; still read where that is absent. */
  lookMs: z.int().positive().optional(),
});
