import type { agentEndpoints, agentRun } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { answer, interruptedCode, mount, mountWatchedRuns, type Routes, type Run } from '@retort/service-kit';
import type { z } from 'zod';
import type { HostedAgent } from './host-agent.ts';
import type { AgentResult } from './run-agent.ts';

/** What an agent did and why, and a way to trigger it by hand. A trigger that waits for its turn is no run yet. */
export function agentRoutes(app: Routes, agent: HostedAgent, endpoints: ReturnType<typeof agentEndpoints>): void {
  mountWatchedRuns(app, endpoints, {
    area: 'agents',
    queue: agent.runs,
    view: (run) => view(agent.name, run),
    narrowedBy: () => ({ begun: true }),
  });
  mount(app, endpoints.trigger, async ({ body, caller: { tenant }, trace }) => {
    const { reason, input } = body ?? { reason: 'by hand', input: {} };
    await agent.trigger({ kind: 'manual', tenant, reason, input: input as JsonObject, trace });
    return answer(202, { agent: agent.name, status: 'woken' }, { location: endpoints.list.path });
  });
}

function view(agent: string, run: Run<JsonObject, AgentResult>): z.infer<typeof agentRun> {
  const { perception = null, perceived_at, decision = null, why = null, decided_at } = run.record;
  const isoOrNull = (moment: string | undefined) => (moment === undefined ? null : new Date(moment).toISOString());
  return {
    id: run.runId,
    agent,
    state: stateOf(run),
    trigger: run.trigger?.kind ?? 'manual',
    reason: run.trigger?.reason ?? '',
    wakes: run.trigger?.count ?? 1,
    attempt: run.attempt,
    correlation_id: run.trace.correlationId,
    causation_id: run.trace.causationId,
    progress: run.progress,
    perception,
    decision,
    why,
    outcome: run.result.outcome ?? null,
    error: run.error,
    started_at: run.startedAt ?? run.createdAt,
    perceived_at: isoOrNull(perceived_at),
    decided_at: isoOrNull(decided_at),
    finished_at: run.finishedAt,
  };
}

/** An agent's runs have two more endings than others: it decided to do nothing, or its process ended. */
function stateOf({ state, record, error }: Run<JsonObject, AgentResult>): z.infer<typeof agentRun>['state'] {
  if (state === 'succeeded' && record.decision === null) return 'nothing-to-do';
  if (state === 'failed' && error?.code === interruptedCode) return 'interrupted';
  return state;
}
