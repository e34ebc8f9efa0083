import type { Price, PriceEntry } from '@retort/contracts';
import type { CommandHandler, Trace } from '@retort/service-kit';
import { priceTable, priceTableId, type PriceEvent, type PriceState, type SetPrices } from '../domain/prices.ts';

/** What a tenant set. */
export type OwnPrices = (tenant: string) => Promise<{ model: string; prices: Price[] }[]>;

export interface Prices {
  table(tenant: string): Promise<PriceEntry[]>;
  set(tenant: string, change: Omit<SetPrices, 'type'>, trace: Trace): Promise<PriceEntry[]>;
}

export function prices({
  own,
  commands,
}: {
  own: OwnPrices;
  commands: CommandHandler<SetPrices, PriceState, PriceEvent>;
}): Prices {
  const table = async (tenant: string) => priceTable(await own(tenant));
  return {
    table,
    async set(tenant, { model, prices: set }, trace) {
      await commands.handle(tenant, priceTableId, { type: 'SetPrices', model, prices: set }, trace);
      return (await table(tenant)).filter((entry) => entry.model === model && entry.source === 'tenant');
    },
  };
}
