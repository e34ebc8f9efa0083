import type { Queryable } from '@retort/postgres';
import { readModel } from '@retort/service-kit';

/** Tenants that ever had a model deployed. */
export function postgresTenants(database: Queryable): () => Promise<string[]> {
  return async () => {
    const { rows } = await database.query<{ tenant: string }>('select tenant from tenants order by tenant');
    return rows.map(({ tenant }) => tenant);
  };
}

export const tenantsTable = readModel(
  'MODEL_DEPLOYED',
  async ({ tenant }, transaction) => {
    await transaction.query('insert into tenants (tenant) values ($1) on conflict do nothing', [tenant]);
  },
  { fills: ['tenants'] },
);
