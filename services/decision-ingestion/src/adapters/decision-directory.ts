import { setTimeout as delay } from 'node:timers/promises';
import { countDecisions, getDecision } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { isFault, madeAt, type Clock } from '@retort/kernel';
import type { ServiceClient } from '@retort/service-kit';
import type { DecisionDirectory } from '../app/report-outcome.ts';
import type { DecisionCount } from '../app/stored-rows.ts';

/** How long a decision may be on its way to the log: the gateway tells an agent of it before it is recorded. */
const onItsWayMs = 5_000;
const pollMs = 100;

/** Asks the projection; where it does not know the decision, again once it knows what the log held when we asked: a decision
 *  that was acknowledged a moment ago is never called unknown. Nor is one whose id was made a moment ago. */
export function projectedDecisions(
  http: ServiceClient,
  store: Pick<EventStore, 'head'>,
  clock: Clock,
): DecisionDirectory {
  const isOnItsWay = (id: string) => Math.abs(clock().getTime() - (madeAt(id) ?? 0)) < onItsWayMs;
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
      const askAgain = async () => ask((await store.head()) ?? undefined);
      let found = (await ask()) ?? (await askAgain());
      while (!found && isOnItsWay(decisionId)) {
        await delay(pollMs);
        found = await askAgain();
      }
      return found;
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
