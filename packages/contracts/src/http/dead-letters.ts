import { z } from 'zod';

/** `GET /dead-letters`: messages that a service could not handle, the oldest first. */
export const deadLetterQuery = z.strictObject({
  /** The service that could not. */
  group: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const deadLetterView = z.object({
  handle: z.string(),
  group: z.string(),
  topic: z.string(),
  key: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  log_position: z.string(),
  error: z.string(),
  attempts: z.int(),
  failed_at: z.string(),
  /** As it stands on the bus: whether it can be read is what may have failed. */
  data: z.string(),
});
export type DeadLetterView = z.infer<typeof deadLetterView>;
export const deadLetterListView = z.object({ data: z.array(deadLetterView) });
