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
  /** SHA-256 over the number of rows and the hashes of all of them, whatever their order. */
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
  const side = (name: string) => `(select ${key}, true as present, ${scopeOf(table)} as ours, ${contentOf(table)}
    from ${name})`;
  await snapshot.query(
    `create unlogged table ${differing} as
     select ${key}, case when live.present is null then 'missing' when made.present is not null then 'altered'
                         when ${table.mayHoldMore === true} then 'unrecorded' else 'unexpected' end as kind
     from ${side(table.name)} live full join ${side(rebuilt)} made using (${key})
     where (live.present is null or live.ours) and (live.present is null or made.present is null
            or (live.first_hash, live.second_hash) is distinct from (made.first_hash, made.second_hash))`,
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

/** Two hashes of what the log decides of a row, 128 bits together: the server compares values as they are stored. */
function contentOf(table: Table): string {
  const values = (table.columns ?? table.all).map((column) =>
    table.textual.includes(column) ? `${column}::text` : column,
  );
  const row = `row(${[...new Set([...table.key, ...values])].join(', ')})`;
  return `hash_record_extended(${row}, 0) as first_hash, hash_record_extended(${row}, 1) as second_hash`;
}

interface Digested {
  rows: number;
  digest: string;
}

/** Whatever the order of the rows: their keys make them distinct. */
async function digest(snapshot: Queryable, table: Table, name: string): Promise<Digested> {
  const { rows } = await snapshot.query<{ rows: bigint; digest: string }>(
    `select count(*) as rows, encode(sha256(convert_to(
       concat_ws(' ', count(*), bit_xor(first_hash), bit_xor(second_hash)), 'UTF8')), 'hex') as digest
     from (select ${contentOf(table)} from ${name} where ${scopeOf(table)}) hashed`,
  );
  return { rows: Number(rows[0]!.rows), digest: `sha256:${rows[0]!.digest}` };
}
