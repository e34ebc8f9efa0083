import { getAgentTimeline, listAgents, type Measured } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { mount, type Routes } from '@retort/service-kit';
import type { Agents } from '../app/agents.ts';

export function agentRoutes(app: Routes, agents: Agents): void {
  mount(app, listAgents, async ({ caller }) => ({
    data: (await agents.list(caller.tenant)).map((row) => ({
      agent_id: row.agent_id,
      decisions: Number(row.decisions),
      tools: Number(row.tools),
      first_decision_at: row.first_decision_at.toISOString(),
      last_decision_at: row.last_decision_at.toISOString(),
    })),
  }));

  mount(app, getAgentTimeline, async ({ caller, params: { agent_id }, query: { from, to } }) => {
    const days = await agents.timeline(caller.tenant, agent_id, { from: from ?? null, to: to ?? null });
    if (days.length === 0) throw fault('agents.unknown', { public: 'This agent made no decision then.' });
    return {
      agent_id,
      data: days.map((day) => ({
        day: day.day,
        decisions: Number(day.decisions),
        decided_by_student: Number(day.decided_by_student),
        success: ratio(day.succeeded, day.outcomes_known),
        execution_time_ms: { measured: Number(day.timed), mean: day.mean_ms, p95: day.p95_ms },
        agreement: ratio(day.agreed, day.compared),
      })),
    };
  });
}

function ratio(numerator: bigint, denominator: bigint): Measured {
  const value = denominator === 0n ? null : Number(numerator) / Number(denominator);
  return { value, numerator: Number(numerator), denominator: Number(denominator) };
}
