import { fault, type Fault } from '@retort/kernel';

/** What one append may weigh: the server's `MaxAppendSize` up to version 25.0. */
export const defaultMaxAppendBytes = 1_048_576;

/** One request is one append, and atomic: what is over the limit by itself cannot be split. */
export function tooLarge(limit: number): Fault {
  return fault('event-store.too-large', {
    public: `The events of one request weigh more than the ${limit} bytes the event store takes at once.`,
    internal: { limit },
  });
}
