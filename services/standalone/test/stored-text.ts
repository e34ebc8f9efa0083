import type { TestDatabase } from '@retort/testing';

/** The schemas where nothing about a subject may stand in the clear. */
export const logSchemas = '^(event_store|event_bus|privacy|decision_ingestion)$';

/** Whether a text is in a row of a table of the schemas whose names match. */
export async function isInTables(database: TestDatabase, text: string, schemas = '.*'): Promise<boolean> {
  const connection = database.connect();
  const { rows: tables } = await connection.query<{ name: string }>(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_schema ~ $1 and table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    [schemas],
  );
  const found = await Promise.all(
    tables.map(
      async ({ name }) =>
        (await connection.query(`select from ${name} r where strpos(r::text, $1) > 0 limit 1`, [text])).rowCount > 0,
    ),
  );
  await connection.close();
  return found.includes(true);
}
