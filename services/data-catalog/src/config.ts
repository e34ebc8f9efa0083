import { z } from 'zod';

/** The catalog has nothing to set. */
export const config = z.object({});
