import {
  completeTurn,
  decisionInput,
  getDecision,
  getPromptMessages,
  listPrices,
  predict,
  predictBatch,
  recordDecisions,
  reportSpending,
  reportOutcome,
  type Budget,
  type DecisionInput,
  type decisionView,
  type PredictionInput,
  type PredictionView,
  type PriceEntry,
  type Spending,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import { answer, verbatim } from '@retort/service-kit';
import { startService, stub, type StartOptions } from '@retort/service-testing';
import { until } from '@retort/testing';
import { z } from 'zod';
import { service } from '../src/service.ts';

export const tools = ['get_balance', 'block_card'].map((name) => ({
  type: 'function' as const,
  function: {
    name,
    description: name.replace('_', ' '),
    parameters: { type: 'object', properties: { customer: { type: 'string' } } },
  },
}));
export const question = [
  { role: 'system' as const, content: 'You are a bank. {"channel":"app"}' },
  { role: 'user' as const, content: 'please, the balance of customer 7' },
];

export const nobody: PredictionView = {
  id: null,
  call: null,
  served_by: 'none',
  fallback_reason: 'no-model',
  confidence: null,
  tool_confidence: null,
  proposal: null,
  model_version: null,
  threshold: null,
};
/** Calls that the student makes under its guarantee. */
export const served = (...calls: { tool: string; parameters: Record<string, string> }[]): PredictionView => {
  const turn = completeTurn({ tool_calls: calls });
  const call = { ...turn, tool_parameters: turn.tool_parameters ?? {}, tool_calls: calls };
  return {
    ...nobody,
    served_by: 'student',
    fallback_reason: null,
    confidence: 0.991,
    model_version: 'v3',
    call,
    proposal: call,
  };
};

/** The price table that evaluation shows. */
export const prices: PriceEntry[] = [
  {
    model: 'teacher-*',
    per_million_input_tokens: 2,
    per_million_cached_input_tokens: 0.5,
    per_million_output_tokens: 8,
  },
  {
    model: 'retort/student',
    per_million_input_tokens: 0,
    per_million_cached_input_tokens: null,
    per_million_output_tokens: 0,
    per_processor_hour: 0.05,
  },
].map((price) => ({ ...price, valid_from: '2020-01-01T00:00:00Z', currency: 'USD', source: 'default' as const }));

/** As evaluation adds up what was spent. */
function viewOf(budget: Budget & { subject: string }, spent: readonly Spending[]) {
  const counted = spent.filter(({ key_id }) => budget.subject === 'tenant' || key_id === budget.subject);
  return {
    ...budget,
    spent_tokens: counted.reduce((sum, { tokens }) => sum + tokens, 0),
    spent_amount: counted.reduce((sum, { amount }) => sum + amount, 0),
    resets_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
}

/** The gateway behind the real host; what it asks of others, over HTTP, is answered by the test. */
export async function startGateway(settings: Record<string, unknown>, log?: StartOptions['log']) {
  const recorded: DecisionInput[] = [];
  const found = new Map<string, z.infer<typeof decisionView>>();
  const predicted: PredictionInput[] = [];
  const outcomes: { id: string; outcome: Record<string, unknown> }[] = [];
  const says = { student: nobody, storeFails: false, refusals: 0, budgetsFail: false };
  const prompts = new Map<string, string>();
  const spent: Spending[] = [];
  const budgets: (Budget & { subject: string })[] = [];
  const platform = await startService(service, {
    settings,
    ...(log ? { log } : {}),
    stubs: [
      stub(predict, ({ body }) => {
        predicted.push(body);
        return says.student;
      }),
      stub(predictBatch, ({ body }) => {
        predicted.push(...body.predictions);
        return { predictions: body.predictions.map(() => says.student) };
      }),
      stub(getPromptMessages, ({ params: { name }, query: { label } }) => {
        const content = prompts.get(`${name}@${label}`);
        if (content === undefined) throw fault('prompts.unknown-label', { public: 'No version carries the label.' });
        return answer(200, { prompt: name, version: 3, messages: [{ role: 'system' as const, content }] });
      }),
      stub(reportSpending, ({ body }) => {
        if (says.budgetsFail) throw fault('decisions.store-unavailable', { public: 'Not now.' });
        spent.push(...body.spent);
        return { data: budgets.map((budget) => viewOf(budget, spent)) };
      }),
      stub(listPrices, () => ({ data: prices })),
      stub(reportOutcome, ({ params: { id }, body }) => {
        if (!recorded.some((decision) => decision.id === id))
          throw fault('decisions.unknown', { public: 'Not recorded yet.' });
        outcomes.push({ id, outcome: JSON.parse(Buffer.from(body).toString()) as Record<string, unknown> });
        return answer(201, { id, event_id: 'e', status: 'recorded' });
      }),
      stub(getDecision, ({ params: { id } }) => {
        const decision = found.get(id);
        if (!decision) throw fault('decisions.unknown', { public: 'Not here.' });
        return verbatim(decision);
      }),
      stub(recordDecisions, ({ body }) => {
        if (says.storeFails && ++says.refusals) throw fault('decisions.store-unavailable', { public: 'Not now.' });
        const decisions = z.array(decisionInput).parse(JSON.parse(Buffer.from(body).toString('utf8')));
        recorded.push(...decisions);
        const results = decisions.map(({ id }, index) => ({ index, status: 201, ...(id === undefined ? {} : { id }) }));
        return answer(202, { recorded: decisions.length, duplicates: 0, rejected: 0, results });
      }),
    ],
  });
  return {
    ...platform,
    baseUrl: `${platform.host.url}/v1`,
    key: await platform.keyOf('acme'),
    recorded,
    outcomes,
    predicted,
    spent,
    budgets,
    prompts,
    recordedAs: (id: string) =>
      until('the decision to be recorded', () => recorded.find((decision) => decision.id === id)),
    /** Decisions that the log knows. */
    found,
    says,
    /** The decision that an answer names, once it is recorded. */
    decisionOf: ({ headers }: { headers: Headers }) =>
      until('the decision to be recorded', () =>
        recorded.find(({ id }) => id === headers.get('x-retort-decision-id') && id !== null),
      ),
  };
}
export type Gateway = Awaited<ReturnType<typeof startGateway>>;
