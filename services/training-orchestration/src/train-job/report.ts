import { z } from 'zod';

/** What a Job's container says of itself: a line of its log for each step, and a last word. */
export const jobProgress = z.object({
  fraction: z.number(),
  step: z.string(),
  metrics: z.record(z.string(), z.number()).optional(),
});

/** Written where Kubernetes looks for a container's last word: it stands in the pod's status, 4 096 bytes at most. */
export const lastWord = z.union([
  z.object({ outcome: z.string() }),
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
]);
export type LastWord = z.infer<typeof lastWord>;

/** A container ends with this code when trying again would end the same way. */
export const hopeless = 42;
