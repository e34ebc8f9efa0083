import { recordDecisions } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { StoreDecisions } from '../app/ports.ts';

/** Through decision-ingestion, as an agent's own decisions. */
export function ingestedDecisions(http: ServiceClient): StoreDecisions {
  return async ({ tenant, trace }, decisions) => {
    const { rejected } = await http.as(tenant, trace).call(recordDecisions, { body: decisions });
    return { rejected };
  };
}
