import { getCost, listPrices, setPrices } from '@retort/contracts';
import type { Clock } from '@retort/kernel';
import { mount, type Routes } from '@retort/service-kit';
import { ledger, type AnswersBesides, type ExchangeTotalsOf } from '../app/ledger.ts';
import type { Prices } from '../app/prices.ts';

const thirtyDays = 30 * 24 * 3_600_000;

export interface CostRoutePorts {
  exchanges: ExchangeTotalsOf;
  besides: AnswersBesides;
  prices: Prices;
  clock: Clock;
}

/** The price table, and the ledger that is reckoned with it. */
export function costRoutes(app: Routes, ports: CostRoutePorts): void {
  const { prices, clock } = ports;
  mount(app, listPrices, async ({ caller: { tenant } }) => ({ data: await prices.table(tenant) }));
  mount(app, setPrices, async ({ params: { model }, body, caller: { tenant }, trace }) => ({
    data: await prices.set(tenant, { model, prices: body.prices }, trace),
  }));
  mount(app, getCost, async ({ query, caller: { tenant }, trace }) => {
    const to = query.to ?? clock().toISOString();
    const from = query.from ?? new Date(Date.parse(to) - thirtyDays).toISOString();
    const rows = await ledger(ports, { tenant, trace }, { from, to, agentId: query.agent_id, by: query.by });
    return { from, to, ...rows };
  });
}
