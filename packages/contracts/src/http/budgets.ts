import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { budget, budgetSubject } from '../events/budgets.ts';

export const budgetView = budget.strip().extend({
  currency: z.string().describe('Of `amount`.'),
  subject: z.string().describe('The id of a key, or `tenant`.'),
  spent_tokens: z.number().describe('Tokens that were spent in the period.'),
  spent_amount: z.number().describe('Money that was spent in the period, in `currency`.'),
  resets_at: z.string().describe('When the period ends.'),
});
export type BudgetView = z.infer<typeof budgetView>;

const views = z.object({ data: z.array(budgetView).describe('By subject and period.') });

export const listBudgets = endpoint({
  owner: 'evaluation',
  id: 'listBudgets',
  method: 'GET',
  path: '/api/v1/budgets',
  scope: 'products:read',
  summary: 'What may be spent at the teacher, and what was',
  response: { 200: views },
  errors: [],
});

export const setBudgets = endpoint({
  owner: 'evaluation',
  id: 'setBudgets',
  method: 'PUT',
  path: '/api/v1/budgets/{subject}',
  scope: 'admin',
  audited: 'budgets.set',
  summary: 'Set what a key, or the tenant, may spend at the teacher; an empty list lifts it',
  params: z.strictObject({ subject: budgetSubject.describe('The id of a key, or `tenant`.') }),
  body: z.strictObject({
    budgets: z
      .array(budget)
      .max(2)
      .refine((budgets) => new Set(budgets.map(({ period }) => period)).size === budgets.length, {
        error: 'expected one budget a period',
      })
      .describe('One a period at most.'),
  }),
  response: { 200: views },
  errors: [],
});

/** What was spent at the teacher since it was last told. */
export const spending = z.strictObject({
  key_id: z.string().max(64).describe('The key that asked.'),
  day: z.iso
    .date()
    .meta({ examples: ['2026-01-31'] })
    .describe('UTC.'),
  currency: z.string().max(8).describe('Of `amount`; empty where there is no price.'),
  tokens: z.number().nonnegative().describe('Tokens read and written.'),
  amount: z.number().nonnegative().describe('Money.'),
  besides: z
    .strictObject({
      agent_id: z.string().max(128).describe('The agent that asked.'),
      answers: z.int().positive().describe('How many.'),
      basis: z
        .enum(['tokens', 'bytes'])
        .describe('`tokens`: the provider counted them. `bytes`: a token every four bytes.'),
      price_source: z.enum(['default', 'tenant']).nullable().describe('Of the price; null where there is none.'),
    })
    .optional()
    .describe('Of answers that are no decisions: the ledger knows them from here alone.'),
});
export type Spending = z.infer<typeof spending>;

export const reportSpending = endpoint({
  owner: 'evaluation',
  id: 'reportSpending',
  method: 'POST',
  path: '/api/v1/budgets:report',
  scope: 'predictions:read',
  summary: 'For the gateway: tell what was spent, and learn what may be',
  description: 'Only services of the platform may.',
  body: z.strictObject({ spent: z.array(spending).max(10_000).describe('Since the last report.') }),
  response: { 200: views },
  errors: [],
});

export const budgetEndpoints = [listBudgets, setBudgets, reportSpending] as const;
