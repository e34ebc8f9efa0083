import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { price, pricedModel } from '../events/prices.ts';
import { timestamp } from '../json.ts';

export const priceEntry = price.strip().extend({
  model: z.string().describe('The model; `*` at the end stands for the rest of a name.'),
  source: z
    .enum(['default', 'tenant'])
    .describe('`default`: shipped with the release, and no more than a starting point. `tenant`: set by it.'),
});

const reads = { owner: 'evaluation', method: 'GET', scope: 'products:read' } as const;

export const listPrices = endpoint({
  ...reads,
  id: 'listPrices',
  path: '/api/v1/prices',
  summary: 'The price table: what the tenant set, and the defaults',
  description:
    'What the tenant set goes before the defaults, a name before a pattern, a longer pattern before a shorter one. `retort/student` is the price of students’ processor time.',
  response: { 200: z.object({ data: z.array(priceEntry).describe('By model, the earliest price first.') }) },
  errors: [],
});

export const setPrices = endpoint({
  owner: 'evaluation',
  id: 'setPrices',
  method: 'PUT',
  path: '/api/v1/prices/{model}',
  scope: 'admin',
  audited: 'prices.set',
  summary: 'Set what a model costs, then and now; an empty list goes back to the defaults',
  description: 'What is recorded already keeps the cost that it was recorded with.',
  params: z.strictObject({ model: pricedModel.describe('The model, or models whose names begin alike.') }),
  body: z.strictObject({ prices: z.array(price).max(100).describe('In any order; each holds until the next.') }),
  response: { 200: z.object({ data: z.array(priceEntry).describe('The prices of the model now.') }) },
  errors: [],
});

/** What turns of a kind took and cost on a day. */
export const exchangeTotal = z.object({
  day: z.string().describe('ISO date, UTC.'),
  agent_id: z.string().describe('The agent.'),
  decided_by: z.enum(['teacher', 'student']).describe('Who decided.'),
  model: z
    .string()
    .nullable()
    .describe('The teacher’s model that answered, or that a student answered for; null where it is not known.'),
  has_calls: z.boolean().describe('Whether tools were called.'),
  is_audit: z.boolean().describe('Whether the teacher was asked besides.'),
  currency: z.string().nullable().describe('Of `cost`; null where none was recorded.'),
  price_source: z.enum(['default', 'tenant']).nullable().describe('Of the price that was recorded.'),
  turns: z.int().describe('Turns.'),
  turns_with_tokens: z.int().describe('Of those, turns whose tokens the provider counted.'),
  prompt_tokens: z.int().describe('Tokens read.'),
  cached_tokens: z.int().describe('Of those, tokens from the provider’s cache.'),
  completion_tokens: z.int().describe('Tokens written.'),
  request_bytes: z.int().describe('Bytes of the requests.'),
  metered_bytes: z.int().describe('Of those, bytes of turns whose tokens were counted.'),
  latency_ms: z.number().describe('Milliseconds, added up.'),
  cost: z.number().nullable().describe('As it was recorded; null where none was.'),
});
export type ExchangeTotal = z.infer<typeof exchangeTotal>;

export const listExchangeTotals = endpoint({
  owner: 'event-projection',
  method: 'GET',
  scope: 'products:read',
  id: 'listExchangeTotals',
  path: '/api/v1/exchange-totals',
  summary: 'What turns took and cost, by day, agent, model and who decided',
  query: z.strictObject({
    from: timestamp.describe('The first moment.'),
    to: timestamp.describe('The first moment after.'),
    agent_id: z.string().max(128).optional().describe('Only of this agent.'),
  }),
  response: { 200: z.object({ data: z.array(exchangeTotal).describe('By day and agent; 100,000 at most.') }) },
  errors: [],
});

const figure = z.object({
  amount: z.number().describe('In `currency`.'),
  turns: z.int().describe('How many turns it is of.'),
  at_default_prices: z.int().describe('Of those, turns at a price that is a default.'),
  basis: z.string().describe('How it was found, in words.'),
});
export type CostFigure = z.infer<typeof figure>;

export const costRow = z.object({
  agent_id: z.string().nullable().describe('The agent; null: all of them.'),
  period: z.string().describe('The day or month, or `total`; UTC.'),
  currency: z.string().describe('Of every figure.'),
  teacher: figure.describe('What the teacher cost, audits left out.'),
  avoided: figure.describe('What the turns that a student answered would have cost at the teacher.'),
  student: figure.describe('What the student itself cost.'),
  audits: figure.describe('What the teacher cost where it was asked besides.'),
  net: z.number().describe('`avoided` less `student` and `audits`.'),
  saved_share: z
    .number()
    .nullable()
    .describe('`net`, of what everything would have cost at the teacher; null where that is nothing.'),
  unpriced_turns: z.int().describe('Turns of the teacher whose tokens or price are not known: they are in no figure.'),
});
export type CostRow = z.infer<typeof costRow>;

export const getCost = endpoint({
  ...reads,
  id: 'getCost',
  path: '/api/v1/cost',
  summary: 'The ledger: what teacher, student and audits cost, and what was avoided',
  description:
    'A fold of the recorded decisions. It reaches back as far as these are kept. Turns that were recorded without a cost are priced by the table as it stands.',
  query: z.strictObject({
    from: timestamp.optional().describe('The first moment; 30 days before `to` when absent.'),
    to: timestamp.optional().describe('The first moment after; now when absent.'),
    agent_id: z.string().max(128).optional().describe('Only of this agent.'),
    by: z.enum(['day', 'month', 'total']).default('total').describe('The period of a row.'),
  }),
  response: {
    200: z.object({
      from: z.string().describe('The first moment.'),
      to: z.string().describe('The first moment after.'),
      total: z.array(costRow).describe('Of all agents and the whole time, a row a currency.'),
      data: z.array(costRow).describe('A row an agent, period and currency.'),
    }),
  },
  errors: [],
});

export const costEndpoints = [listPrices, setPrices, getCost, listExchangeTotals] as const;
