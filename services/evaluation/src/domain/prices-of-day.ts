import { priceAt, studentPriceModel, type ExchangeTotal, type PriceEntry } from '@retort/contracts';
import type { Prices } from './cost.ts';

/** What is configured; where no price is, that of the model that answered most tool turns at the gateway that day. What such
 *  a turn took is measured on them. Where none passed through it, nothing is said. */
export function pricesOfDay(
  configured: Prices,
  { day, totals, table }: { day: string; totals: readonly ExchangeTotal[]; table: readonly PriceEntry[] },
): Prices {
  const turns = totals.filter(
    (total) => total.day === day && total.decided_by === 'teacher' && total.has_calls && total.turns_with_tokens > 0,
  );
  const most = turns.toSorted((left, right) => right.turns - left.turns)[0];
  if (!most) return configured;
  const sum = (of: (total: ExchangeTotal) => number) => turns.reduce((all, total) => all + of(total), 0);
  const counted = sum((total) => total.turns_with_tokens);
  const measuredTokens = {
    prompt: sum((total) => total.prompt_tokens) / counted,
    completion: sum((total) => total.completion_tokens) / counted,
  };
  const at = `${day}T23:59:59.999Z`;
  const price = most.model === null ? undefined : priceAt(table, most.model, at);
  if (configured.perMillionPromptTokens !== undefined || !price) return { ...configured, measuredTokens };
  return {
    ...configured,
    measuredTokens,
    currency: price.currency,
    perMillionPromptTokens: price.per_million_input_tokens,
    perMillionCompletionTokens: price.per_million_output_tokens,
    perProcessorHour:
      configured.perProcessorHour ?? priceAt(table, studentPriceModel, at)?.per_processor_hour ?? undefined,
    source: price.source,
  };
}
