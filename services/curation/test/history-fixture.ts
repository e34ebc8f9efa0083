import {
  agentListView,
  completeTurn,
  decisionLookupInput,
  decisionLookupView,
  toolsetView,
  type DecisionView,
} from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { defineService, type ServiceDefinition } from '@retort/service-kit';
import { z } from 'zod';

export const tools = [
  {
    name: 'transfer',
    parameters: {
      type: 'object',
      properties: { amount: { type: 'number' } },
      required: ['amount'],
      additionalProperties: false,
    },
  },
  { name: 'balance' },
];
export const toolset = digestOfJson(tools);

/** A decision as the history gives it; the id orders the log. */
export function decision(id: string, overrides: Partial<DecisionView> = {}): DecisionView {
  return completeTurn({
    id,
    event_id: '00000000-0000-4000-8000-000000000000',
    tenant: 'acme',
    agent_id: 'payments',
    context: { query: `what is on account ${id}` },
    toolset,
    tool_selected: 'balance',
    tool_parameters: {},
    outcome: { success: true },
    teacher_model: 'teacher-1',
    decided_by: { kind: 'teacher' },
    occurred_at: '2026-01-01T00:00:00.000Z',
    recorded_at: '2026-01-01T00:00:01.000Z',
    position: '0/0',
    ...overrides,
  });
}

/** The decision history's REST surface over a list that a test fills: the contract is event-projection's. */
export function historyFixture(decisions: DecisionView[]): ServiceDefinition {
  const config = { scope: 'decisions:read' } as const;
  const of = (tenant: string) =>
    decisions.map((view, index) => ({ ...view, position: `1/${index + 1}` })).filter((view) => view.tenant === tenant);
  return defineService({
    name: 'history-fixture',
    config: z.object({}),
    migrations: new URL('./no-migrations/', import.meta.url),
    build: () => ({
      routes: (app) => {
        app.get('/api/v1/decisions', { config }, ({ caller }, reply) => {
          reply.type('application/x-ndjson');
          return of(caller.tenant)
            .map((view) => `${JSON.stringify(view)}\n`)
            .join('');
        });
        app.post(
          '/api/v1/decisions::lookup',
          { config, schema: { body: decisionLookupInput, response: { 200: decisionLookupView } } },
          ({ caller, body }) => ({ data: of(caller.tenant).filter(({ id }) => body.ids.includes(id)) }),
        );
        app.get('/api/v1/toolsets/:digest', { config, schema: { response: { 200: toolsetView } } }, () => ({
          ...{ toolset, name: null, tools },
        }));
        app.get('/api/v1/agents', { config, schema: { response: { 200: agentListView } } }, ({ caller }) => ({
          data: [
            {
              ...{ agent_id: 'payments', decisions: of(caller.tenant).length, tools: 2 },
              ...{ first_decision_at: '2026-01-01T00:00:00.000Z', last_decision_at: '2026-01-01T00:00:00.000Z' },
            },
          ],
        }));
      },
    }),
  });
}
