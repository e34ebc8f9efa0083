import { listExchangeTotals } from '@retort/contracts';
import { mount, type Routes } from '@retort/service-kit';
import type { Exchanges } from '../app/exchanges.ts';

export function exchangeRoutes(app: Routes, exchanges: Exchanges): void {
  mount(app, listExchangeTotals, async ({ query: { from, to, agent_id: agentId = null }, caller: { tenant } }) => ({
    data: await exchanges.totals({ tenant, from, to, agentId }),
  }));
}
