import type { CostRow, ExchangeTotal } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';
import { ledgerOf, type Period } from '../domain/ledger.ts';
import type { Prices } from './prices.ts';

/** What turns took and cost, as their decisions tell it. */
export type ExchangeTotalsOf = (
  author: { tenant: string; trace: Trace },
  query: { from: string; to: string; agent_id?: string | undefined },
) => Promise<ExchangeTotal[]>;

export interface LedgerQuery {
  from: string;
  to: string;
  agentId: string | undefined;
  by: Period;
}

export async function ledger(
  { exchanges, prices }: { exchanges: ExchangeTotalsOf; prices: Pick<Prices, 'table'> },
  author: { tenant: string; trace: Trace },
  { from, to, agentId, by }: LedgerQuery,
): Promise<{ total: CostRow[]; data: CostRow[] }> {
  const totals = await exchanges(author, { from, to, agent_id: agentId });
  return ledgerOf(totals, { table: await prices.table(author.tenant), by });
}
