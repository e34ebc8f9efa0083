import { z } from 'zod';

/** The catalog has nothing to set. */
export const config = z.object({});
export type Config = z.infer<typeof config>;
