import { comparePositions } from '@retort/event-store';
import { fault } from '@retort/kernel';
import type { Encryption } from '@retort/privacy';
import type { ErasurePart } from '@retort/service-kit';
import type { ShreddedEvents } from './shredded-events.ts';

export function destroyKeys(encryption: Pick<Encryption, 'destroy'>): ErasurePart {
  return {
    step: 'keys',
    after: [],
    async erase({ request: { keys } }) {
      await encryption.destroy(keys);
      return { counts: { keys: keys.length } };
    },
  };
}

export interface ShredRows {
  /** Up to where the tables know the log; null when they know nothing. */
  position(): Promise<string | null>;
  shredded: Pick<ShreddedEvents, 'count'>;
}

/** The projection itself takes the rows out where the log says that their keys are destroyed: this waits for it, and counts. */
export function shredRows({ position, shredded }: ShredRows): ErasurePart {
  return {
    step: 'decisions',
    after: ['keys'],
    async erase({ tenant, request: { keys }, position: wanted }) {
      const known = await position();
      if (known === null || comparePositions(known, wanted) < 0)
        throw fault('decisions.projection-behind', {
          retryAfter: 1,
          public: 'The projection has not come to this position of the log yet.',
        });
      return { counts: await shredded.count(tenant, keys) };
    },
  };
}
