import type { Digest } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';

/** What a tenant calls its toolsets. */
export interface ToolsetNames {
  find(tenant: string, name: string): Promise<Digest | null>;
  /** Gives the name to the digest unless it has one; returns the digest that holds it. */
  claim(tenant: string, name: string, digest: Digest): Promise<Digest>;
}

export function postgresToolsetNames(database: Queryable): ToolsetNames {
  async function find(tenant: string, name: string): Promise<Digest | null> {
    const { rows } = await database.query<{ digest: Digest }>(
      'select digest from toolset_names where tenant = $1 and name = $2',
      [tenant, name],
    );
    return rows[0]?.digest ?? null;
  }
  return {
    find,
    async claim(tenant, name, digest) {
      await database.query(
        'insert into toolset_names (tenant, name, digest) values ($1, $2, $3) on conflict do nothing',
        [tenant, name, digest],
      );
      return (await find(tenant, name)) ?? digest;
    },
  };
}
