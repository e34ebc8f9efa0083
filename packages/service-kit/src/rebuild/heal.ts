import type { Queryable } from '@retort/postgres';
import { differingTable, scopeOf, type TableComparison } from './compare.ts';
import type { Shadow, Table } from './shadow.ts';

/** Puts the rows of the log in the place of those that differ. The caller's transaction holds the lock of the read models,
 *  and the shadow knows the log at least as far as they do.
 *  @returns how many rows were written or removed */
export async function healTables(
  transaction: Queryable,
  shadow: Shadow,
  comparisons: readonly TableComparison[],
): Promise<number> {
  const wrong = new Set(comparisons.filter(({ equal }) => !equal).map(({ table }) => table));
  const tables = shadow.tables.filter(({ name }) => wrong.has(name));
  await transaction.query('set local statement_timeout = 0');
  let healed = 0;
  // Tables stand in the order in which rows refer to one another.
  for (const table of [...tables].reverse()) healed += await removeUnexpected(transaction, shadow, table);
  for (const table of tables) healed += await restore(transaction, shadow, table);
  return healed;
}

async function removeUnexpected(transaction: Queryable, { schema }: Shadow, table: Table): Promise<number> {
  const same = sameKey(table);
  const { rowCount } = await transaction.query(
    `delete from ${table.name} live using ${differingTable(schema, table)} differing
     where ${same('live', 'differing')} and differing.kind = 'unexpected'
       and not exists (select from ${schema}.${table.name} made where ${same('made', 'live')})`,
  );
  return rowCount;
}

async function restore(transaction: Queryable, { schema }: Shadow, table: Table): Promise<number> {
  const same = sameKey(table);
  const updated = (table.columns ?? table.all).filter((column) => !table.key.includes(column));
  const { rowCount } = await transaction.query(
    `insert into ${table.name} (${table.all.join(', ')})
     select ${table.all.map((column) => `made.${column}`).join(', ')}
     from ${schema}.${table.name} made join ${differingTable(schema, table)} differing on ${same('made', 'differing')}
     where not exists (select from (select ${table.key.join(', ')} from ${table.name} where not ${scopeOf(table)}) other
                       where ${same('other', 'made')})
     on conflict (${table.key.join(', ')}) do ${
       updated.length === 0
         ? 'nothing'
         : `update set ${updated.map((column) => `${column} = excluded.${column}`).join(', ')}`
     }`,
  );
  return rowCount;
}

function sameKey({ key }: Table) {
  return (left: string, right: string) => key.map((column) => `${left}.${column} = ${right}.${column}`).join(' and ');
}
