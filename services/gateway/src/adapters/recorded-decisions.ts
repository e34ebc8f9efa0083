import { getDecision } from '@retort/contracts';
import { isFault } from '@retort/kernel';
import type { ServiceClient } from '@retort/service-kit';
import type { FindDecision } from '../app/earlier-responses.ts';

/** As event-projection shows them. */
export function recordedDecisions(http: ServiceClient): FindDecision {
  return async ({ tenant, trace }, id) => {
    try {
      const query = { toolsets: 'reference' as const };
      return await http.as(tenant, trace).call(getDecision, { params: { id }, query });
    } catch (error) {
      if (isFault(error) && error.detail.status === 404) return null;
      throw error;
    }
  };
}
