import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { Logger } from 'pino';
import type { Loop } from '../types.ts';

export interface RemoveTenantsOptions {
  /** Schema → its database, whose search path it is. */
  schemas(): ReadonlyMap<string, Queryable>;
  /** Tenants that are deleted. */
  deleted(): Promise<readonly string[]>;
  clock: Clock;
  log: Logger;
  pauseMs?: number;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
const rowsAtOnce = 5_000;

/** Removes the rows of deleted tenants from the tables of services, a few thousand at a time: what interrupts it, the next
 *  process goes on with. What is clean is looked at again every hour, for what was made anew of the log. */
export function tenantRemovalLoop(options: RemoveTenantsOptions): Loop {
  const { schemas, deleted, clock, log, pauseMs = minuteMs } = options;
  const clean = new Map<string, number>();
  return {
    name: 'removal-of-tenants',
    async run(signal) {
      while (!signal.aborted) {
        const now = clock().getTime();
        for (const tenant of await deleted())
          for (const [schema, database] of schemas()) {
            const key = `${tenant} ${schema}`;
            if (now - (clean.get(key) ?? 0) < hourMs) continue;
            const rows = await removeTenant(database, tenant, signal);
            if (rows > 0) log.info({ tenant, schema, rows }, 'removed the rows of a deleted tenant');
            // What was under way when the tenant was deleted is found the next time.
            else if (!signal.aborted) clean.set(key, now);
          }
        await delay(pauseMs, undefined, { signal }).catch(() => undefined); // ended: the loop sees it
      }
    },
  };
}

/** Returns how many rows were removed. */
export async function removeTenant(database: Queryable, tenant: string, signal: AbortSignal): Promise<number> {
  let total = 0;
  for (let removed = -1; removed !== 0 && !signal.aborted; total += removed) {
    removed = 0;
    for (const table of await tablesOfTenants(database)) removed += await removeSome(database, table, tenant);
  }
  return total;
}

/** Tables of the schema with a column `tenant`; those that refer to others come before these. */
async function tablesOfTenants(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select quote_ident(c.relname) as name
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
      where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
      order by exists (select from pg_constraint f where f.confrelid = c.oid and f.confrelid <> f.conrelid), c.relname`,
  );
  return rows.map(({ name }) => name);
}

async function removeSome(database: Queryable, table: string, tenant: string): Promise<number> {
  const { rowCount } = await database.query(
    `delete from ${table} where ctid = any (array(select ctid from ${table} where tenant = $1 limit ${rowsAtOnce}))`,
    [tenant],
  );
  return rowCount;
}
