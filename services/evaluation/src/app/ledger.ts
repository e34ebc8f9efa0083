import type { CostRow, ExchangeTotal } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';
import { ledgerOf, type AnswerTotal, type Period } from '../domain/ledger.ts';
import type { Prices } from './prices.ts';

/** What turns took and cost, as their decisions tell it. */
export type ExchangeTotalsOf = (
  author: { tenant: string; trace: Trace },
  query: { from: string; to: string; agent_id?: string | undefined },
) => Promise<ExchangeTotal[]>;

/** What answers cost that are no decisions; days are inclusive. */
export type AnswersBesides = (
  tenant: string,
  query: { since: string; until: string; agentId: string | undefined },
) => Promise<AnswerTotal[]>;

export interface LedgerQuery {
  from: string;
  to: string;
  agentId: string | undefined;
  by: Period;
}

export async function ledger(
  {
    exchanges,
    besides,
    prices,
  }: { exchanges: ExchangeTotalsOf; besides: AnswersBesides; prices: Pick<Prices, 'table'> },
  author: { tenant: string; trace: Trace },
  { from, to, agentId, by }: LedgerQuery,
): Promise<{ total: CostRow[]; data: CostRow[] }> {
  const totals = await exchanges(author, { from, to, agent_id: agentId });
  const answers = await besides(author.tenant, {
    since: dayOf(Date.parse(from)),
    until: dayOf(Date.parse(to) - 1),
    agentId,
  });
  return ledgerOf(totals, { table: await prices.table(author.tenant), by, answers });
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
