import {
  priceAt,
  priceOfTokens,
  studentPriceModel,
  type CostFigure,
  type CostRow,
  type ExchangeTotal,
  type PriceEntry,
} from '@retort/contracts';
import { ratesOf, type Rate } from './token-rates.ts';

export type Period = 'day' | 'month' | 'total';

/** What answers of the teacher that are no decisions cost on a day, as gateways told it. */
export interface AnswerTotal {
  /** ISO date, UTC. */
  day: string;
  agent_id: string;
  /** null where there is no price. */
  currency: string | null;
  is_default: boolean;
  basis: 'tokens' | 'bytes';
  answers: number;
  amount: number;
}

interface Sum {
  amount: number;
  turns: number;
  atDefaultPrices: number;
  bases: Set<string>;
}
type Figures = Record<'teacher' | 'avoided' | 'student' | 'audits', Sum> & { unpriced: number };

/** An amount that turns make up, in the currency of its price. */
interface Part {
  figure: 'teacher' | 'avoided' | 'student' | 'audits';
  currency: string;
  amount: number;
  turns: number;
  isDefault: boolean;
  basis: string;
}

const recorded = 'tokens that the provider counted, at the price when the turn was recorded';
const pricedNow = 'tokens that the provider counted, at the price that the table has for that day now';
const besides = {
  tokens: 'answers that are no decisions, by tokens that the provider counted, at the price then',
  bytes: 'answers that are no decisions, by a token every four bytes, at the price then',
};
const processorTime = 'latency, which is at least the processor time, at the price of a processor’s hour';

/** The ledger of what turns, and answers that are none, took: rows by agent, period and currency, and their sum. */
export function ledgerOf(
  totals: readonly ExchangeTotal[],
  { table, by, answers = [] }: { table: readonly PriceEntry[]; by: Period; answers?: readonly AnswerTotal[] },
): { total: CostRow[]; data: CostRow[] } {
  const rates = ratesOf(totals);
  const rows = new Map<string, { agent: string | null; period: string; currency: string; figures: Figures }>();
  const figuresOf = (agent: string | null, period: string, currency: string) => {
    const key = JSON.stringify([agent, period, currency]);
    const row = rows.get(key) ?? { agent, period, currency, figures: noFigures() };
    rows.set(key, row);
    return row.figures;
  };
  const enter = ({ agent_id, day }: { agent_id: string; day: string }, parts: readonly Part[], unpriced: number) => {
    for (const [agent, period] of [
      [agent_id, periodOf(day, by)],
      [null, 'total'],
    ] as const) {
      for (const part of parts) add(figuresOf(agent, period, part.currency)[part.figure], part);
      if (unpriced > 0) figuresOf(agent, period, parts[0]?.currency ?? 'USD').unpriced += unpriced;
    }
  };
  for (const total of totals)
    enter(total, partsOf(total, { table, rate: rates(total.agent_id) }), unpricedTurns(total, table));
  for (const total of answers) {
    const part = besidesPart(total);
    enter(total, part ? [part] : [], part ? 0 : total.answers);
  }
  const all = [...rows.values()].map(({ agent, period, currency, figures }) =>
    rowOf({ agent_id: agent, period, currency }, figures),
  );
  return {
    total: all.filter(({ agent_id }) => agent_id === null),
    data: all.filter(({ agent_id }) => agent_id !== null),
  };
}

const periodOf = (day: string, by: Period) => (by === 'day' ? day : by === 'month' ? day.slice(0, 7) : 'total');

function partsOf(total: ExchangeTotal, { table, rate }: { table: readonly PriceEntry[]; rate: Rate }): Part[] {
  return total.decided_by === 'student'
    ? [...studentCost(total, table), ...avoided(total, { table, rate })]
    : teacherCost(total, table);
}

function teacherCost(total: ExchangeTotal, table: readonly PriceEntry[]): Part[] {
  const { cost, currency, turns, turns_with_tokens: counted } = total;
  const figure = total.is_audit ? ('audits' as const) : ('teacher' as const);
  if (cost !== null && currency !== null)
    return [{ figure, currency, amount: cost, turns, isDefault: total.price_source === 'default', basis: recorded }];
  const price = priceOf(table, total.model, total.day);
  if (!price || counted === 0) return [];
  const { prompt_tokens: prompt, cached_tokens: cached, completion_tokens: completion } = total;
  const amount = priceOfTokens(price, { prompt, cached, completion });
  const isDefault = price.source === 'default';
  return [{ figure, currency: price.currency, amount, turns: counted, isDefault, basis: pricedNow }];
}

function besidesPart({ currency, amount, answers, is_default: isDefault, basis }: AnswerTotal): Part | null {
  if (currency === null) return null;
  return { figure: 'teacher', currency, amount, turns: answers, isDefault, basis: besides[basis] };
}

function unpricedTurns(total: ExchangeTotal, table: readonly PriceEntry[]): number {
  if (total.decided_by === 'student' || total.cost !== null) return 0;
  return priceOf(table, total.model, total.day) ? total.turns - total.turns_with_tokens : total.turns;
}

function studentCost({ cost, currency, turns, ...total }: ExchangeTotal, table: readonly PriceEntry[]): Part[] {
  const told = { figure: 'student' as const, turns, basis: processorTime };
  if (cost !== null && currency !== null)
    return [{ ...told, currency, amount: cost, isDefault: total.price_source === 'default' }];
  const price = priceOf(table, studentPriceModel, total.day);
  if (!price) return [];
  const amount = (total.latency_ms / 3_600_000) * (price.per_processor_hour ?? 0);
  return [{ ...told, currency: price.currency, amount, isDefault: price.source === 'default' }];
}

/** Only turns that would have gone to the teacher. */
function avoided(total: ExchangeTotal, { table, rate }: { table: readonly PriceEntry[]; rate: Rate }): Part[] {
  const price = total.has_calls ? priceOf(table, total.model, total.day) : undefined;
  if (!price) return [];
  const prompt = total.request_bytes * rate.promptTokensPerByte;
  const tokens = { prompt, cached: prompt * rate.cachedShare, completion: total.turns * rate.completionTokens };
  return [
    {
      figure: 'avoided',
      currency: price.currency,
      amount: priceOfTokens(price, tokens),
      turns: total.turns,
      isDefault: price.source === 'default',
      basis: `${rate.basis}, at the price of the model that was asked for`,
    },
  ];
}

const priceOf = (table: readonly PriceEntry[], model: string | null, day: string) =>
  model === null ? undefined : priceAt(table, model, `${day}T23:59:59.999Z`);

function add(sum: Sum, { amount, turns, isDefault, basis }: Part): void {
  sum.amount += amount;
  sum.turns += turns;
  if (isDefault) sum.atDefaultPrices += turns;
  sum.bases.add(basis);
}

function rowOf(key: Pick<CostRow, 'agent_id' | 'period' | 'currency'>, { unpriced, ...sums }: Figures): CostRow {
  const [teacher, avoidedSum, student, audits] = [sums.teacher, sums.avoided, sums.student, sums.audits].map(
    ({ amount }) => amount,
  ) as [number, number, number, number];
  const net = avoidedSum - student - audits;
  const otherwise = teacher + avoidedSum;
  return {
    ...key,
    teacher: figureOf(sums.teacher),
    avoided: figureOf(sums.avoided),
    student: figureOf(sums.student),
    audits: figureOf(sums.audits),
    net,
    saved_share: otherwise > 0 ? net / otherwise : null,
    unpriced_turns: unpriced,
  };
}

const figureOf = ({ amount, turns, atDefaultPrices, bases }: Sum): CostFigure => ({
  amount,
  turns,
  at_default_prices: atDefaultPrices,
  basis: [...bases].sort().join('; ') || 'no turns',
});

function noFigures(): Figures {
  const none = (): Sum => ({ amount: 0, turns: 0, atDefaultPrices: 0, bases: new Set() });
  return { teacher: none(), avoided: none(), student: none(), audits: none(), unpriced: 0 };
}
