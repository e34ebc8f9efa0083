import { decisionEventId } from '@retort/contracts';
import type { ErasurePart, ShreddedEventsOf } from '@retort/service-kit';
import type { Samples } from './samples.ts';

/** What evaluations kept of the decisions goes: the rows, and whole artifacts that hold one of them. */
export function eraseFromEvaluations(ports: {
  samples: Pick<Samples, 'erase'>;
  shredded: ShreddedEventsOf;
}): ErasurePart {
  return {
    step: 'evaluations',
    after: ['decisions'],
    async erase(erasure) {
      const events = new Set((await ports.shredded(erasure)).map(({ event_id }) => event_id));
      if (events.size === 0) return { counts: { samples: 0, artifacts: 0 } };
      const { tenant } = erasure;
      return { counts: await ports.samples.erase(tenant, (id) => events.has(decisionEventId(tenant, id))) };
    },
  };
}
