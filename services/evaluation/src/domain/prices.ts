import { type DomainEvent, type Price, type PriceEntry } from '@retort/contracts';
import type { Decider } from '@retort/kernel';

export interface SetPrices {
  type: 'SetPrices';
  model: string;
  prices: readonly Price[];
}
export const priceEventTypes = ['PRICES_SET'] as const;
export type PriceEvent = DomainEvent<(typeof priceEventTypes)[number]>;
/** Model → its prices, as JSON. */
export type PriceState = ReadonlyMap<string, string>;

/** A tenant's prices are in one stream of this id. */
export const priceTableId = 'table';

export const priceDecider: Decider<SetPrices, PriceState, PriceEvent> = {
  initial: new Map(),
  decide({ model, prices: given }, state) {
    const prices = [...given].sort((left, right) => Date.parse(left.valid_from) - Date.parse(right.valid_from));
    return (state.get(model) ?? '[]') === JSON.stringify(prices)
      ? []
      : [{ type: 'PRICES_SET', data: { model, prices } }];
  },
  evolve: (state, { data: { model, prices } }) => new Map(state).set(model, JSON.stringify(prices)),
};

/** A tenant's own prices, then the defaults. */
export function priceTable(own: readonly { model: string; prices: readonly Price[] }[]): PriceEntry[] {
  const set = own.flatMap(({ model, prices }) =>
    prices.map((price) => ({ ...price, model, source: 'tenant' as const })),
  );
  return [...set, ...defaultPrices];
}

/** List prices of well-known models in USD a million tokens, about those of the autumn of 2025, not checked against their
 *  providers since: a starting point, for contracts and releases differ. `*` and the hour of a processor are assumptions. */
const listed: readonly [model: string, input: number, cached: number | null, output: number][] = [
  ['*', 2, 0.5, 8],
  ['gpt-5*', 1.25, 0.125, 10],
  ['gpt-5-mini*', 0.25, 0.025, 2],
  ['gpt-5-nano*', 0.05, 0.005, 0.4],
  ['gpt-4.1*', 2, 0.5, 8],
  ['gpt-4.1-mini*', 0.4, 0.1, 1.6],
  ['gpt-4.1-nano*', 0.1, 0.025, 0.4],
  ['gpt-4o*', 2.5, 1.25, 10],
  ['gpt-4o-mini*', 0.15, 0.075, 0.6],
  ['o3*', 2, 0.5, 8],
  ['o4-mini*', 1.1, 0.275, 4.4],
  ['claude-opus-4*', 15, 1.5, 75],
  ['claude-sonnet-4*', 3, 0.3, 15],
  ['claude-haiku-4*', 1, 0.1, 5],
  ['gemini-2.5-pro*', 1.25, 0.31, 10],
  ['gemini-2.5-flash*', 0.3, 0.075, 2.5],
];
const processorHour = 0.05;
const always = { valid_from: '2000-01-01T00:00:00.000Z', currency: 'USD', source: 'default' } as const;

export const defaultPrices: readonly PriceEntry[] = [
  ...listed.map(([model, input, cached, output]) => ({
    ...always,
    model,
    per_million_input_tokens: input,
    per_million_cached_input_tokens: cached,
    per_million_output_tokens: output,
  })),
  {
    ...always,
    model: 'retort/student',
    per_million_input_tokens: 0,
    per_million_cached_input_tokens: null,
    per_million_output_tokens: 0,
    per_processor_hour: processorHour,
  },
];
