import type { Exchange, TurnCost } from './events/decisions.ts';
import type { Price } from './events/prices.ts';

/** A row of the price table. */
export interface PriceEntry extends Price {
  /** The model, or with `*` at its end models whose names begin alike. */
  model: string;
  source: 'default' | 'tenant';
}

/** The name under which the price of a student's processor time stands. */
export const studentPriceModel = 'retort/student';

/** What a model cost at a moment: what the tenant set goes before the defaults, a name before a pattern, a longer pattern
 *  before a shorter one. */
export function priceAt(table: readonly PriceEntry[], model: string, at: string): PriceEntry | undefined {
  const moment = Date.parse(at);
  let best: PriceEntry | undefined;
  for (const entry of table)
    if (matches(entry.model, model) && Date.parse(entry.valid_from) <= moment && (!best || isBetter(entry, best)))
      best = entry;
  return best;
}

function isBetter(left: PriceEntry, right: PriceEntry): boolean {
  if (left.source !== right.source) return left.source === 'tenant';
  const [own, other] = [exactness(left.model), exactness(right.model)];
  return own === other ? Date.parse(left.valid_from) > Date.parse(right.valid_from) : own > other;
}

const matches = (pattern: string, model: string) =>
  pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
const exactness = (pattern: string) => (pattern.endsWith('*') ? pattern.length - 1 : Number.MAX_SAFE_INTEGER);

/** Tokens of one call, or added up; of `prompt`, `cached` were in the provider's cache. */
export interface Tokens {
  prompt: number;
  cached: number;
  completion: number;
}

/** In the currency of the price. */
export function priceOfTokens(price: Price, { prompt, cached, completion }: Tokens): number {
  const {
    per_million_input_tokens: read,
    per_million_cached_input_tokens: again,
    per_million_output_tokens: written,
  } = price;
  return ((prompt - cached) * read + cached * (again ?? read) + completion * written) / 1e6;
}

/** What a teacher's answer cost, where the provider counted its tokens and there is a price. */
export function costOfAnswer(table: readonly PriceEntry[], model: string, at: string, told: Exchange): TurnCost | null {
  const price = priceAt(table, model, at);
  if (!price || told.prompt_tokens === undefined) return null;
  const { prompt_tokens: prompt, cached_tokens: cached = 0, completion_tokens: completion = 0 } = told;
  const amount = priceOfTokens(price, { prompt, cached: Math.min(cached, prompt), completion });
  return { amount, currency: price.currency, basis: 'tokens', ...basisOf(price) };
}

/** What a student's answer cost: its latency is at least the time that it computed. */
export function costOfStudent(table: readonly PriceEntry[], at: string, latencyMs: number): TurnCost | null {
  const price = priceAt(table, studentPriceModel, at);
  if (!price) return null;
  const amount = (latencyMs / 3_600_000) * (price.per_processor_hour ?? 0);
  return { amount, currency: price.currency, basis: 'processor-time', ...basisOf(price) };
}

const basisOf = ({ model, source }: PriceEntry) => ({ price_of: model, price_source: source });
