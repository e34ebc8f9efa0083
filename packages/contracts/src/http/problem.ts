import { z } from 'zod';

/** RFC 9457. `type` is stable; `errors` names fields by RFC 6901 JSON pointer. */
export const problem = z
  .object({
    type: z
      .string()
      .describe('`/errors#` and the code of the error: stable, to be matched on, and the place that explains it.'),
    title: z.string().describe('What went wrong, in words that are the same each time.'),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().optional().describe('What was wrong this time, where, and what to do.'),
    instance: z.string().optional().describe('The path that was asked for.'),
    request_id: z.string().optional().describe('Names the request in the log.'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('RFC 6901 pointer to the member.'),
          message: z.string().describe('What is wrong with it.'),
        }),
      )
      .optional()
      .describe('The members that were refused.'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
