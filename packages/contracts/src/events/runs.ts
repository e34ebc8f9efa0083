import { z } from 'zod';
import { jsonObject, timestamp } from '../json.ts';

/** RUN_ENDED: a long piece of work and how it ended, an agent's as well. Written again when it was taken up again. */
export const runEnded = z.object({
  service: z.string().describe('Whose run it is.'),
  kind: z.string().describe('Which of the queues of the service.'),
  run_id: z.string().describe('The run.'),
  state: z.enum(['succeeded', 'failed', 'cancelled']).describe('How it ended.'),
  input: jsonObject.describe('What was asked for.'),
  result: jsonObject.describe('What is known of the result.'),
  fraction: z.number().describe('How far it came, from 0 to 1.'),
  step: z.string().describe('The last step.'),
  error: z
    .object({ code: z.string().describe('The code.'), message: z.string().describe('In words.') })
    .nullable()
    .describe('What it failed with; null unless it failed.'),
  attempt: z.int().positive().describe('From 1; a failed run that is tried again is a run of its own.'),
  trigger: z
    .object({
      kind: z.enum(['schedule', 'event', 'manual']).describe('What kind of trigger.'),
      reason: z.string().describe('In words.'),
      count: z.int().positive().describe('So many triggers became this run.'),
    })
    .nullable()
    .describe('What set it off; null where somebody asked for it.'),
  record: jsonObject.describe('What was perceived and decided, and when; empty of runs that are no agent’s.'),
  created_at: timestamp.describe('When it was asked for.'),
  started_at: timestamp.nullable().describe('When it began; null: it ended before.'),
  finished_at: timestamp.describe('When it ended.'),
});
