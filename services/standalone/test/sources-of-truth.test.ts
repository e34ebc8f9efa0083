import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from './harness.ts';

const page = new URL('../../../docs/explanation/sources-of-truth.md', import.meta.url);

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform('sources');
}, 120_000);
afterAll(() => platform.close());

describe('the page on sources of truth', () => {
  it('says of every table of a running platform what it is a fold of, or why it is none, and of no other', async () => {
    const { rows } = await platform.database.connect().query<{ schema: string; name: string }>(
      `select table_schema as schema, table_name as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const tables = rows.map(({ schema, name }) => `${schema}.${name}`);
    const text = await readFile(page, 'utf8');
    const named = [...text.matchAll(/^\| `([a-z_]+|\*)\.([a-z_]+)`\s*\| \S/gm)].map(([, schema, name]) => ({
      schema,
      name,
      covers: (table: string) => table === `${schema}.${name}` || (schema === '*' && table.endsWith(`.${name}`)),
    }));
    expect(tables.filter((table) => !named.some(({ covers }) => covers(table)))).toEqual([]);
    expect(named.filter(({ covers }) => !tables.some(covers)).map(({ schema, name }) => `${schema}.${name}`)).toEqual(
      [],
    );
  });
});
