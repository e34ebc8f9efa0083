import type { Price } from '@retort/contracts';
import { parsePosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import { readModel } from '@retort/service-kit';
import type { OwnPrices } from '../app/prices.ts';

export function postgresPrices(db: Queryable): OwnPrices {
  return async (tenant) => {
    const { rows } = await db.query<{ model: string; prices: Price[] }>(
      'select model, prices from prices where tenant = $1 order by model',
      [tenant],
    );
    return rows;
  };
}

/** Prices as their events set them. */
export const pricesTable = readModel(
  'PRICES_SET',
  async ({ tenant, time, position, data: { model, prices } }, transaction) => {
    const { commit, prepare } = parsePosition(position);
    await transaction.query(
      `insert into prices as known (tenant, model, prices, set_at, commit_position, prepare_position)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (tenant, model) do update set prices = excluded.prices, set_at = excluded.set_at,
         commit_position = excluded.commit_position, prepare_position = excluded.prepare_position
       where (known.commit_position, known.prepare_position) <= (excluded.commit_position, excluded.prepare_position)`,
      [tenant, model, JSON.stringify(prices), time, commit, prepare],
    );
  },
  { fills: ['prices'] },
);
