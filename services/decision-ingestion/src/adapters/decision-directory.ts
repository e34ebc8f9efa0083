import { decisionView } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { isFault } from '@retort/kernel';
import type { ServiceClient } from '@retort/service-kit';
import type { Author } from '../app/record-decisions.ts';

/** Which agent made a decision. */
export interface DecisionDirectory {
  /** null when the tenant has no such decision. */
  agentOf(decisionId: string, author: Author): Promise<string | null>;
}

/** Asks the projection, and has it wait until it knows what the log held when we asked: a decision that was acknowledged
 *  a moment ago is never called unknown. */
export function projectedDecisions(http: ServiceClient, store: Pick<EventStore, 'head'>): DecisionDirectory {
  return {
    async agentOf(decisionId, { tenant, trace }) {
      const head = await store.head();
      try {
        const { agent_id } = await http
          .as(tenant, trace)
          .get(`/api/v1/decisions/${encodeURIComponent(decisionId)}`, decisionView.pick({ agent_id: true }), {
            query: { toolsets: 'reference', at_least: head ?? undefined },
          });
        return agent_id;
      } catch (error) {
        if (isFault(error) && error.detail.status === 404) return null;
        throw error;
      }
    },
  };
}
