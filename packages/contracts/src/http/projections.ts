import { z } from 'zod';

/** `GET /api/v1/projections`: how far each read model and the relay have come. */
export const projectionView = z.object({
  name: z.string(),
  position: z.string().nullable(),
  head: z.string().nullable(),
  /** Events of the log that it has not seen yet. */
  lag: z.int().nonnegative(),
});
export const projectionsView = z.object({
  data: z.array(projectionView),
  /** Events in the log. */
  events: z.int().nonnegative(),
});
