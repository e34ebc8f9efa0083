import type { Queryable } from '@retort/postgres';
import type { TableChecksum } from '../app/rebuild.ts';
import { checkpointName, projected, tableOf, type ProjectedTable } from './tables.ts';

const primaryKeys: Record<ProjectedTable, string> = {
  decisions: 'tenant, id',
  outcomes: 'tenant, decision_id, commit_position, prepare_position',
  toolsets: 'tenant, digest',
  toolset_names: 'tenant, name',
  students: 'tenant, model_version',
  poison_events: 'commit_position, prepare_position',
};

/** Empty tables beside those that are read. What an interrupted rebuild has left goes first. */
export async function createRebuilt(transaction: Queryable): Promise<void> {
  await dropRebuilt(transaction);
  for (const table of projected)
    await transaction.query(`create table ${tableOf(table, 'rebuild')} (like ${table} including all)`);
}

export async function dropRebuilt(transaction: Queryable): Promise<void> {
  for (const table of projected) await transaction.query(`drop table if exists ${tableOf(table, 'rebuild')}`);
  await transaction.query('delete from checkpoints where name = $1', [checkpointName.rebuild]);
}

/** @param snapshot a transaction that sees both sets of tables at the same position of the log */
export async function checksumsOf(snapshot: Queryable): Promise<TableChecksum[]> {
  const checksums: TableChecksum[] = [];
  for (const table of projected) {
    const live = await digestTable(snapshot, table, table);
    const rebuilt = await digestTable(snapshot, table, tableOf(table, 'rebuild'));
    const equal = live.digest === rebuilt.digest;
    const differingRows = equal ? 0 : await countDifferences(snapshot, table);
    checksums.push({ table, rows: rebuilt.rows, live: live.digest, rebuilt: rebuilt.digest, equal, differingRows });
  }
  return checksums;
}

/** In two levels, so that no value grows with the whole table. */
async function digestTable(
  snapshot: Queryable,
  table: ProjectedTable,
  name: string,
): Promise<{ rows: number; digest: string }> {
  const { rows } = await snapshot.query<{ rows: bigint; digest: string }>(
    `select coalesce(sum(size), 0)::bigint as rows,
       encode(sha256(coalesce(string_agg(part, ''::bytea order by number), ''::bytea)), 'hex') as digest
     from (
       select number, count(*) as size, sha256(string_agg(leaf, ''::bytea order by place)) as part
       from (
         select place, (place - 1) / 10000 as number, leaf from (
           select row_number() over (order by ${primaryKeys[table]}) as place,
             sha256(convert_to(r::text, 'UTF8')) as leaf
           from ${name} r
         ) leaves
       ) numbered group by number
     ) parts`,
  );
  return { rows: Number(rows[0]!.rows), digest: `sha256:${rows[0]!.digest}` };
}

async function countDifferences(snapshot: Queryable, table: ProjectedTable): Promise<number> {
  const keyed = (name: string) => `(select ${primaryKeys[table]}, r::text as content from ${name} r)`;
  const { rows } = await snapshot.query<{ count: bigint }>(
    `select count(*) as count
     from ${keyed(table)} live full join ${keyed(tableOf(table, 'rebuild'))} rebuilt using (${primaryKeys[table]})
     where live.content is distinct from rebuilt.content`,
  );
  return Number(rows[0]!.count);
}

/** The rebuilt tables take the place and the names of those that were read, which are gone afterwards. The caller's
 *  transaction holds the writers' lock. */
export async function swapTables(transaction: Queryable): Promise<void> {
  // A reader in the middle of a long query holds this up, and whoever waits here holds up every later reader.
  await transaction.query(`set local lock_timeout = '2s'`);
  await transaction.query(`lock table ${projected.join(', ')} in access exclusive mode`);
  for (const table of projected) {
    const renamed = await indexNames(transaction, table);
    await transaction.query(`drop table ${table}`);
    await transaction.query(`alter table ${tableOf(table, 'rebuild')} rename to ${table}`);
    for (const { given, wanted } of renamed)
      await transaction.query(`alter index ${quoted(given)} rename to ${quoted(wanted)}`);
  }
  await transaction.query('delete from checkpoints where name = $1', [checkpointName.rebuild]);
}

/** Migrations to come know the indexes by the names their forerunners gave them. */
async function indexNames(transaction: Queryable, table: ProjectedTable): Promise<{ given: string; wanted: string }[]> {
  const definition = `regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .* USING', '\\1')`;
  const indexes = (parameter: string) => `(
    select c.relname as name, ${definition} as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = ${parameter}::regclass)`;
  const { rows } = await transaction.query<{ given: string; wanted: string }>(
    `select rebuilt.name as given, live.name as wanted
     from ${indexes('$1')} live join ${indexes('$2')} rebuilt using (definition)`,
    [table, tableOf(table, 'rebuild')],
  );
  return rows;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
