import { digestOf } from '@retort/kernel';
import { connectBeside, type Database, type Queryable } from '@retort/postgres';
import { unreadableTable } from '../events/consumer-tables.ts';
import type { FoldedTable } from '../types.ts';

/** A folded table as the database has it. */
export interface Table extends FoldedTable {
  /** Columns of its primary key. */
  key: readonly string[];
  /** Those that an insert may name. */
  all: readonly string[];
  /** Those of a type that has no equality: json. */
  textual: readonly string[];
}

/** Empty tables in a schema of their own, beside those that are read. */
export interface Shadow {
  /** Its search path is the schema of the tables that are read. */
  live: Database;
  /** Its search path is the schema of the shadow. */
  database: Database;
  schema: string;
  tables: readonly Table[];
}

export interface OpenShadow {
  /** Of the service whose tables are read. */
  database: Database;
  schema: string;
  tables: readonly FoldedTable[];
  /** A shadow of the same purpose goes on where it was left; any other is made anew. */
  purpose: string;
}

/** Makes the shadow, or finds the one that this purpose left. It is not written ahead: where the server crashed it is empty,
 *  its checkpoints among the rest. */
export async function openShadow({ database, schema, tables: folded, purpose }: OpenShadow): Promise<Shadow> {
  const shadowSchema = `${schema}_rebuilt`;
  const pool = { max: 3, applicationName: `retort ${shadowSchema}`, statementTimeoutMs: 0 };
  const live = connectBeside(database, { ...pool, schema });
  const beside = connectBeside(database, { ...pool, schema: shadowSchema });
  try {
    const tables = await make(live, { schema, shadowSchema, folded, purpose });
    return { live, database: beside, schema: shadowSchema, tables };
  } catch (error) {
    await Promise.all([live.close(), beside.close()]);
    throw error;
  }
}

export async function closeShadow({ live, database }: Shadow): Promise<void> {
  await Promise.all([live.close(), database.close()]);
}

interface Making {
  schema: string;
  shadowSchema: string;
  folded: readonly FoldedTable[];
  purpose: string;
}

async function make(live: Database, { schema, shadowSchema, folded, purpose }: Making): Promise<Table[]> {
  const tables = await Promise.all(folded.map((table) => describe(live, schema, table)));
  const mark = `${purpose} ${digestOf(JSON.stringify(tables))}`;
  const { rows } = await live.query<{ mark: string | null }>(
    `select obj_description(oid, 'pg_namespace') as mark from pg_namespace where nspname = $1`,
    [shadowSchema],
  );
  if (rows[0]?.mark !== mark)
    await live.transaction(async (transaction) => {
      await transaction.query(`drop schema if exists ${shadowSchema} cascade`);
      await transaction.query(`create schema ${shadowSchema}`);
      for (const name of ['checkpoints', ...tables.map((table) => table.name)])
        await transaction.query(`create unlogged table ${shadowSchema}.${name} (like ${schema}.${name} including all)`);
      await transaction.query(`set local search_path = ${shadowSchema}, pg_temp`);
      await transaction.query(unreadableTable);
      await dropSearchIndexes(transaction, shadowSchema);
      await transaction.query(`comment on schema ${shadowSchema} is '${mark.replaceAll("'", "''")}'`);
    });
  return tables;
}

export async function dropShadow({ live, schema }: Shadow): Promise<void> {
  await live.query(`drop schema if exists ${schema} cascade`);
}

/** Nobody looks anything up in the shadow but by its keys, or by an index of few of the rows, which costs little. */
async function dropSearchIndexes(transaction: Queryable, schema: string): Promise<void> {
  const { rows } = await transaction.query<{ name: string }>(
    `select indexrelid::regclass::text as name from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relnamespace = $1::regnamespace and not i.indisunique and i.indpred is null`,
    [schema],
  );
  for (const { name } of rows) await transaction.query(`drop index ${name}`);
}

async function describe(database: Queryable, schema: string, table: FoldedTable): Promise<Table> {
  const { rows } = await database.query<{ name: string; place: number | null; type: string }>(
    `select a.attname as name, format_type(a.atttypid, null) as type, array_position(i.indkey::int2[], a.attnum) as place
     from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
     where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
       and a.attidentity = '' and a.attgenerated = ''
     order by a.attnum`,
    [`${schema}.${table.name}`],
  );
  const key = rows.filter(({ place }) => place !== null).sort((left, right) => left.place! - right.place!);
  const names = (of: typeof rows) => of.map(({ name }) => name);
  return { ...table, key: names(key), all: names(rows), textual: names(rows.filter(({ type }) => type === 'json')) };
}
