import { teacherSettings } from '@retort/service-kit';
import { z } from 'zod';

export const config = z.object({
  ...teacherSettings,
  /** Optimise by itself when training data were curated. Off by default: it asks the teacher, and that costs. */
  auto: z.boolean().default(false),
  /** The prompt that is optimised by itself. */
  prompt: z.string().default('tool-calling'),
  /** Teacher calls a run of its own may use. */
  budget: z.int().positive().default(200),
  /** Teacher calls at once. */
  teacherConcurrency: z.int().positive().default(4),
});
export type Config = z.infer<typeof config>;
