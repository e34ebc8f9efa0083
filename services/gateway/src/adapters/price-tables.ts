import { listPrices, type PriceEntry } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { NewId } from '@retort/kernel';
import type { PriceTableOf } from '../app/turn-costs.ts';

const validForMs = 5_000;
const tenantsKept = 10_000;

/** As evaluation keeps it; a change of it counts within five seconds. Where it cannot be read it is empty: the ledger prices
 *  what was recorded without a cost. */
export function priceTables(http: ServiceClient, { newId, now }: { newId: NewId; now: () => number }): PriceTableOf {
  const known = new Map<string, { table: Promise<readonly PriceEntry[]>; until: number }>();
  return (tenant) => {
    const held = known.get(tenant);
    if (held && held.until > now()) return held.table;
    const client = http.as(tenant, { correlationId: newId(), causationId: null });
    const table = client.call(listPrices).then(
      ({ data }) => data,
      () => [],
    );
    known.delete(tenant);
    known.set(tenant, { table, until: now() + validForMs });
    if (known.size > tenantsKept) known.delete(known.keys().next().value!);
    return table;
  };
}
