import type { Queryable } from '@retort/postgres';
import type { TrafficTable } from '../app/rungs.ts';
import type { KeptTraffic } from '../domain/observed-traffic.ts';

export function trafficTable(db: Queryable): TrafficTable {
  return {
    async read({ tenant, model, modelVersion }) {
      const { rows } = await db.query<{ kept: KeptTraffic }>(
        'select kept from traffic where tenant = $1 and model = $2 and model_version = $3',
        [tenant, model, modelVersion],
      );
      return rows[0]?.kept;
    },
    async keep({ tenant, model, modelVersion }, kept) {
      await db.query(
        `insert into traffic (tenant, model, model_version, kept) values ($1, $2, $3, $4)
         on conflict (tenant, model, model_version) do update set kept = excluded.kept`,
        [tenant, model, modelVersion, JSON.stringify(kept)],
      );
    },
  };
}
