import type { Queryable } from '@retort/postgres';

export async function knowTenant(database: Queryable, tenant: string): Promise<void> {
  await database.query('insert into tenants (tenant) values ($1) on conflict do nothing', [tenant]);
}

export async function knownTenants(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<{ tenant: string }>('select tenant from tenants order by tenant');
  return rows.map(({ tenant }) => tenant);
}
