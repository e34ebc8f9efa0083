import { timestamp } from '@retort/contracts';
import { fault, toPointer } from '@retort/kernel';
import { z } from 'zod';

export interface CloudEvent {
  [attribute: string]: unknown;
  data?: unknown;
}

const envelope = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(256),
  source: z.string().min(1),
  type: z.literal('AGENT_TOOL_SELECTED'),
  time: timestamp.optional(),
  datacontenttype: z
    .string()
    .regex(/^application\/json\b/i, 'expected application/json')
    .optional(),
  data: z.looseObject({}),
});

/** The posted decision a CloudEvent carries, as JSON text. Its `id` and `time` are the decision's wherever the data have
 *  none of their own.
 *  @throws `events.invalid` (400), pointing into the structured form */
export function decisionOf(event: unknown): string {
  const parsed = envelope.safeParse(event);
  if (!parsed.success)
    throw fault('events.invalid', {
      public: 'This is not a CloudEvent this resource takes.',
      errors: parsed.error.issues.map(({ path, message }) => ({ pointer: toPointer(path), message })),
    });
  const { id, time, data } = parsed.data;
  return JSON.stringify({ id, ...(time === undefined ? {} : { timestamp: time }), ...data });
}
