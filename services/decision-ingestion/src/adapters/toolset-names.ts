import type { Digest } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { ToolsetNames } from '../app/toolsets.ts';

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
