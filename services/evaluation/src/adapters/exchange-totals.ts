import { listExchangeTotals } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { ExchangeTotalsOf } from '../app/ledger.ts';

/** As event-projection adds them up. */
export function exchangeTotals(http: ServiceClient): ExchangeTotalsOf {
  return async ({ tenant, trace }, query) => (await http.as(tenant, trace).call(listExchangeTotals, { query })).data;
}
