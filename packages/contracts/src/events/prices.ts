import { z } from 'zod';
import { currency, timestamp } from '../json.ts';

/** What a model costs from a moment on. */
export const price = z.strictObject({
  valid_from: timestamp.describe('From when on it holds, until the next.'),
  currency: currency.describe('ISO 4217.'),
  per_million_input_tokens: z.number().nonnegative().describe('A million tokens read.'),
  per_million_cached_input_tokens: z
    .number()
    .nonnegative()
    .nullable()
    .describe('A million tokens read from the provider’s cache; null: as other tokens read.'),
  per_million_output_tokens: z.number().nonnegative().describe('A million tokens written.'),
  per_processor_hour: z
    .number()
    .nonnegative()
    .nullish()
    .describe('Of a student: an hour of a processor. Absent for models that are paid for by tokens.'),
});
export type Price = z.infer<typeof price>;

/** A model's name; `*` at the end stands for the rest of it. */
export const pricedModel = z
  .string()
  .regex(/^[A-Za-z0-9][^\s*]{0,254}\*?$|^\*$/)
  .meta({ examples: ['gpt-4.1*'] });

/** PRICES_SET: what a model costs, then and now. An empty list: nothing of its own, so that the defaults hold. */
export const pricesSet = z.object({
  model: pricedModel.describe('The model, or models whose names begin alike.'),
  prices: z.array(price).max(100).describe('The earliest first.'),
});
