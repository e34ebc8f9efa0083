import { z } from 'zod';
import { currency } from '../json.ts';

/** What may be spent at the teacher in a day or a month, UTC. */
export const budget = z.strictObject({
  period: z.enum(['day', 'month']).describe('When it begins anew, UTC.'),
  tokens: z.int().nonnegative().nullable().describe('Tokens read and written; null: as many as there are.'),
  amount: z.number().nonnegative().nullable().describe('Money, by the price table; null: as much as it costs.'),
  currency: currency.default('USD').describe('Of `amount`: what is priced in another currency is not in it.'),
});
export type Budget = z.infer<typeof budget>;

/** `tenant`: all of its keys together. */
export const budgetSubject = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ examples: ['tenant'] });

/** BUDGETS_SET: what a key, or the tenant, may spend from now on. An empty list: as much as it likes. */
export const budgetsSet = z.object({
  subject: budgetSubject.describe('The id of a key, or `tenant`.'),
  budgets: z.array(budget).max(2).describe('One a period at most.'),
});
