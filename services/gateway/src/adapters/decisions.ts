import { problem, recordDecisions, type BatchResult, type DecisionInput } from '@retort/contracts';
import { withoutRefusedArguments } from '@retort/conversation';
import type { ServiceClient } from '@retort/service-kit';
import type { StoreDecisions } from '../app/ports.ts';

/** Through decision-ingestion, as an agent's own decisions. A call that violates the schema of its tool is not lost: which tool was
 *  selected is known all the same. */
export function ingestedDecisions(http: ServiceClient): StoreDecisions {
  const store: StoreDecisions = async ({ tenant, trace }, decisions) => {
    const result = await http.as(tenant, trace).call(recordDecisions, { body: decisions });
    const again = result.rejected === 0 ? [] : toldAgain(decisions, result);
    const rejected = result.rejected - again.length;
    if (again.length === 0) return { rejected, inPart: 0 };
    const then = await store({ tenant, trace }, again);
    return { rejected: rejected + then.rejected, inPart: again.length - then.rejected };
  };
  return store;
}

function toldAgain(decisions: readonly DecisionInput[], { results }: BatchResult): DecisionInput[] {
  return results.flatMap(({ index, status, problem: refusal }) => {
    const decision = decisions[index];
    if (status < 400 || !decision) return [];
    const { errors = [] } = problem.partial().parse(refusal ?? {});
    const pointers = errors.map(({ pointer }) => pointer);
    return withoutRefusedArguments(decision, pointers) ?? [];
  });
}
