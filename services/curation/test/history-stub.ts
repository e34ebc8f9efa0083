import {
  completeTurn,
  getToolset,
  listAgents,
  listDecisions,
  listOwnAnswers,
  lookUpDecisions,
  type DecisionView,
  type OwnAnswer,
} from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { lines } from '@retort/service-kit';
import { stub, type Stub } from '@retort/service-testing';

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

/** The decision history over a list that a test fills. */
export function historyStubs(decisions: DecisionView[], answers: OwnAnswer[] = []): Stub[] {
  const of = (tenant: string) =>
    decisions.map((view, index) => ({ ...view, position: `1/${index + 1}` })).filter((view) => view.tenant === tenant);
  async function* answersOf(tenant: string) {
    if (tenant === 'acme') yield* answers;
  }
  async function* each(tenant: string) {
    yield* of(tenant);
  }
  return [
    stub(listDecisions, ({ caller }) => lines(each(caller.tenant))),
    stub(lookUpDecisions, ({ caller, body }) => ({
      data: of(caller.tenant).filter(({ id }) => body.ids.includes(id)),
    })),
    stub(listOwnAnswers, ({ caller }) => lines(answersOf(caller.tenant))),
    stub(getToolset, () => ({ toolset, name: null, tools })),
    stub(listAgents, ({ caller }) => ({
      data: [
        {
          agent_id: 'payments',
          decisions: of(caller.tenant).length,
          tools: 2,
          first_decision_at: '2026-01-01T00:00:00.000Z',
          last_decision_at: '2026-01-01T00:00:00.000Z',
        },
      ],
    })),
  ];
}
