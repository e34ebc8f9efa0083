import type { ExchangeTotal } from '@retort/contracts';

export interface ExchangeQuery {
  tenant: string;
  from: string;
  to: string;
  agentId: string | null;
}

/** What turns took and cost. */
export interface Exchanges {
  totals(query: ExchangeQuery): Promise<ExchangeTotal[]>;
}
