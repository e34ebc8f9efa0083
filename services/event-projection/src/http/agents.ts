import { agentListView, agentTimelineQuery, agentTimelineView, type Measured } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { Agents } from '../adapters/agents.ts';

const config = { scope: 'decisions:read' } as const;

export function agentRoutes(app: Routes, agents: Agents): void {
  app.get(
    '/api/v1/agents',
    {
      config,
      schema: {
        summary: 'The agents that made decisions',
        operationId: 'listAgents',
        response: { 200: agentListView },
      },
    },
    async ({ caller }) => ({
      data: (await agents.list(caller.tenant)).map((row) => ({
        agent_id: row.agent_id,
        decisions: Number(row.decisions),
        tools: Number(row.tools),
        first_decision_at: row.first_decision_at.toISOString(),
        last_decision_at: row.last_decision_at.toISOString(),
      })),
    }),
  );

  app.get(
    '/api/v1/agents/:agent_id/timeline',
    {
      config,
      schema: {
        summary: 'How an agent did, day by day',
        operationId: 'getAgentTimeline',
        params: z.object({ agent_id: z.string() }),
        querystring: agentTimelineQuery,
        response: { 200: agentTimelineView },
      },
    },
    async ({ caller, params: { agent_id }, query: { from, to } }) => {
      const days = await agents.timeline(caller.tenant, agent_id, { from: from ?? null, to: to ?? null });
      if (days.length === 0)
        throw fault('agents.unknown', {
          public: 'This agent made no decision then.',
        });
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
    },
  );
}

function ratio(numerator: bigint, denominator: bigint): Measured {
  const value = denominator === 0n ? null : Number(numerator) / Number(denominator);
  return { value, numerator: Number(numerator), denominator: Number(denominator) };
}
