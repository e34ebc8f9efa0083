import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { measured } from '../events/learning.ts';
import { timestamp } from '../json.ts';

export const agentView = z.object({
  agent_id: z.string().describe('The agent.'),
  decisions: z.int().describe('How many decisions it made.'),
  tools: z.int().describe('How many tools it selected.'),
  first_decision_at: z.string().describe('When it first decided.'),
  last_decision_at: z.string().describe('When it last decided.'),
});
export const agentListView = z.object({ data: z.array(agentView).describe('The agents, by their id.') });

/** How an agent did, day by day (UTC). */
export const agentTimelineQuery = z.strictObject({
  from: timestamp.optional().describe('From here on; from the first decision when absent.'),
  to: timestamp.optional().describe('Up to here; up to now when absent.'),
});
export const agentTimelineView = z.object({
  agent_id: z.string().describe('The agent.'),
  data: z
    .array(
      z.object({
        day: z.string().describe('The day, UTC.'),
        decisions: z.int().describe('How many decisions it made.'),
        decided_by_student: z.int().describe('How many of them the student made.'),
        success: measured.describe('Successes, of the decisions whose outcome is known.'),
        execution_time_ms: z
          .object({
            measured: z.int().describe('Decisions whose execution was timed.'),
            mean: z.number().nullable().describe('Their mean, in milliseconds.'),
            p95: z.number().nullable().describe('Their 95th percentile, in milliseconds.'),
          })
          .describe('How long the tools took.'),
        agreement: measured.describe(
          'Whole calls that were the teacher’s, of the student’s decisions on a context the teacher decided as well.',
        ),
      }),
    )
    .describe('A row a day.'),
});

const read = { owner: 'event-projection', scope: 'decisions:read', method: 'GET' } as const;

export const listAgents = endpoint({
  ...read,
  id: 'listAgents',
  path: '/api/v1/agents',
  summary: 'The agents that made decisions',
  response: { 200: agentListView },
  errors: [],
});

export const getAgentTimeline = endpoint({
  ...read,
  id: 'getAgentTimeline',
  path: '/api/v1/agents/{agent_id}/timeline',
  summary: 'How an agent did, day by day',
  params: z.strictObject({ agent_id: z.string().describe('The agent.') }),
  query: agentTimelineQuery,
  response: { 200: agentTimelineView },
  errors: ['agents.unknown'],
});
