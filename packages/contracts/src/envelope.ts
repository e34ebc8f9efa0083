import { z } from 'zod';
import { tenantId, timestamp } from './json.ts';

/** What surrounds every stored event. `version` is the version of the schema of `data`; `causation_id` is the event
 *  that caused this one; everything one iteration of the loop did shares a `correlation_id`. */
export const envelope = z.object({
  event_id: z.uuid(),
  event_type: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  aggregate_id: z.string().min(1),
  aggregate_type: z.string().min(1),
  version: z.int().positive(),
  timestamp,
  causation_id: z.uuid().nullable(),
  correlation_id: z.string().min(1).max(128),
  tenant: tenantId,
  data: z.unknown(),
});
export type Envelope<Type extends string = string, Data = unknown> = Omit<
  z.infer<typeof envelope>,
  'event_type' | 'data'
> & { event_type: Type; data: Data };
