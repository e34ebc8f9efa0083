import { countDecisions, getDecision } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { isFault } from '@retort/kernel';
import type { ServiceClient } from '@retort/service-kit';
import type { DecisionDirectory } from '../app/report-outcome.ts';
import type { DecisionCount } from '../app/stored-rows.ts';

/** Asks the projection; where it does not know the decision, again once it knows what the log held when we asked: a decision
 *  that was acknowledged a moment ago is never called unknown. */
export function projectedDecisions(http: ServiceClient, store: Pick<EventStore, 'head'>): DecisionDirectory {
  return {
    async find(decisionId, { tenant, trace }) {
      const ask = async (atLeast?: string) => {
        try {
          const { agent_id: agentId, data_keys: keys = [] } = await http.as(tenant, trace).call(getDecision, {
            params: { id: decisionId },
            query: { toolsets: 'reference', at_least: atLeast },
          });
          return { agentId, keys };
        } catch (error) {
          if (isFault(error) && error.detail.status === 404) return null;
          throw error;
        }
      };
      return (await ask()) ?? ask((await store.head()) ?? undefined);
    },
  };
}

export function projectedCount(http: ServiceClient): DecisionCount {
  return {
    async count({ tenant, trace }, atMost) {
      const { decisions } = await http.as(tenant, trace).call(countDecisions, { query: { at_most: atMost } });
      return decisions;
    },
  };
}
