import type { ToolDefinition } from '@retort/contracts';
import type { FaultPointer } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { ToolsetReader } from '../app/toolsets.ts';

const remembered = 256;

/** What stands behind a digest never changes, so it is kept once it was read. */
export function postgresToolsets(database: Queryable): ToolsetReader {
  const cache = new Map<string, ToolDefinition[]>();
  return {
    async find(tenant, digests) {
      const wanted = new Set(digests);
      const found = new Map<string, ToolDefinition[]>();
      for (const digest of wanted) {
        const tools = cache.get(`${tenant}/${digest}`);
        if (tools) found.set(digest, tools);
      }
      const missing = [...wanted].filter((digest) => !found.has(digest));
      if (missing.length === 0) return found;
      const { rows } = await database.query<{ digest: string; tools: ToolDefinition[] }>(
        'select digest, tools from toolsets where tenant = $1 and digest = any($2)',
        [tenant, missing],
      );
      for (const { digest, tools } of rows) {
        if (cache.size >= remembered) cache.delete(cache.keys().next().value!);
        cache.set(`${tenant}/${digest}`, tools);
        found.set(digest, tools);
      }
      return found;
    },
    async registrationOf(tenant, digest) {
      const { rows } = await database.query<{ name: string | null; unchecked: FaultPointer[] | null }>(
        `select unchecked,
           (select min(name) from toolset_names names where names.tenant = $1 and names.digest = $2) as name
         from toolsets where tenant = $1 and digest = $2`,
        [tenant, digest],
      );
      return { name: rows[0]?.name ?? null, unchecked: rows[0]?.unchecked ?? [] };
    },
  };
}
