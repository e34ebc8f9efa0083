import type { Queryable } from '@retort/postgres';
import type { Tenants } from '../app/tenants.ts';

export function postgresTenants(database: Queryable): Tenants {
  return {
    async know(tenant, transaction = database) {
      await transaction.query('insert into tenants (tenant) values ($1) on conflict do nothing', [tenant]);
    },
    async all() {
      const { rows } = await database.query<{ tenant: string }>('select tenant from tenants order by tenant');
      return rows.map(({ tenant }) => tenant);
    },
  };
}
