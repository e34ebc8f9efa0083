import type { Queryable } from '@retort/postgres';
import type { Shadow, Table } from './shadow.ts';

/** A row that is not what the log says: lost, changed, made up, or of something that the log does not tell of. */
export type RowDifference = 'missing' | 'altered' | 'unexpected' | 'unrecorded';

export interface DifferingRow {
  table: string;
  /** The values of its key, separated by blanks. */
  id: string;
  kind: RowDifference;
}

/** A table as it is read and as the log makes it. */
export interface TableComparison {
  table: string;
  /** Of the log. */
  rows: number;
  /** SHA-256 over the SHA-256 of every row, in the order of the primary key. */
  live: string;
  rebuilt: string;
  equal: boolean;
  /** Rows that only one of them has, or that are not the same in both. */
  differing: number;
  /** The first of them, and of the rows that the log does not tell of. */
  examples: readonly DifferingRow[];
}

const examplesAtMost = 1_000;

/** Compares every table and keeps the keys of the rows that differ beside the shadow.
 *  @param snapshot a transaction that sees both at the same position of the log */
export async function compareTables(snapshot: Queryable, shadow: Shadow): Promise<TableComparison[]> {
  // Both are scanned whole, and the shadow has not been analysed.
  await snapshot.query(`set local statement_timeout = 0; set local work_mem = '64MB'`);
  const comparisons: TableComparison[] = [];
  for (const table of shadow.tables) comparisons.push(await compareTable(snapshot, shadow, table));
  return comparisons;
}

async function compareTable(snapshot: Queryable, { schema }: Shadow, table: Table): Promise<TableComparison> {
  const rebuilt = `${schema}.${table.name}`;
  const [live, made] = [await digest(snapshot, table, table.name), await digest(snapshot, table, rebuilt)];
  const differing = differingTable(schema, table);
  await snapshot.query(`drop table if exists ${differing}`);
  if (live.digest === made.digest) return { ...common(table, live, made), equal: true, differing: 0, examples: [] };
  const key = table.key.join(', ');
  const side = (name: string) => `(select ${key}, true as present, ${scopeOf(table)} as ours,
    ${contentOf(table)} as content from ${name} r)`;
  await snapshot.query(
    `create unlogged table ${differing} as
     select ${key}, case when live.present is null then 'missing' when made.present is not null then 'altered'
                         when ${table.mayHoldMore === true} then 'unrecorded' else 'unexpected' end as kind
     from ${side(table.name)} live full join ${side(rebuilt)} made using (${key})
     where (live.present is null or live.ours) and (live.present is null or made.present is null
            or live.content is distinct from made.content)`,
  );
  const { rows } = await snapshot.query<{ kind: RowDifference; id: string }>(
    `select kind, concat_ws(' ', ${key}) as id from ${differing} order by kind, ${key} limit $1`,
    [examplesAtMost],
  );
  const count = await snapshot.query<{ count: bigint }>(
    `select count(*) as count from ${differing} where kind <> 'unrecorded'`,
  );
  const differ = Number(count.rows[0]!.count);
  return {
    ...common(table, live, made),
    equal: differ === 0,
    differing: differ,
    examples: rows.map((row) => ({ table: table.name, ...row })),
  };
}

function common(table: Table, live: Digested, made: Digested) {
  return { table: table.name, rows: made.rows, live: live.digest, rebuilt: made.digest };
}

/** Where the keys of differing rows are kept. */
export function differingTable(schema: string, table: Table): string {
  return `${schema}.differing_${table.name}`;
}

export function scopeOf({ where }: Table): string {
  return where === undefined ? 'true' : `coalesce((${where}), false)`;
}

/** Also values of types that have no equality have a text. */
function contentOf({ columns, key, all }: Table): string {
  return `row(${(columns ?? all).filter((column) => !key.includes(column)).join(', ')})::text`;
}

interface Digested {
  rows: number;
  digest: string;
}

/** In two levels, so that no value grows with the whole table. */
async function digest(snapshot: Queryable, table: Table, name: string): Promise<Digested> {
  const key = table.key.join(', ');
  const { rows } = await snapshot.query<{ rows: bigint; digest: string }>(
    `select coalesce(sum(size), 0)::bigint as rows,
       encode(sha256(coalesce(string_agg(part, ''::bytea order by number), ''::bytea)), 'hex') as digest
     from (
       select number, count(*) as size, sha256(string_agg(leaf, ''::bytea order by place)) as part
       from (
         select place, (place - 1) / 10000 as number, leaf from (
           select row_number() over (order by ${key}) as place,
             sha256(convert_to(row(${key})::text || ${contentOf(table)}, 'UTF8')) as leaf
           from ${name} r where ${scopeOf(table)}
         ) leaves
       ) numbered group by number
     ) parts`,
  );
  return { rows: Number(rows[0]!.rows), digest: `sha256:${rows[0]!.digest}` };
}
