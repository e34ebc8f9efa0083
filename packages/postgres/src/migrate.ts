import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import type { PoolClient } from 'pg';
import { fault, type ErrorCode, type Fault } from '@retort/kernel';
import { connectDatabase } from './connect.ts';
import { postgresFault } from './faults.ts';
import { becomeOwner } from './become-owner.ts';
import { identifier } from './identifier.ts';
import type { Database } from './port.ts';

export interface MigrateOptions {
  /** Where to connect, or an open database. */
  target: string | Database;
  /** Made when it is not there; its tables `migrations` and `checkpoints` too. */
  schema: string;
  /** Folder of `NNNN-name.sql` files (numbers from 0001), applied in their order, each in a transaction of its own
   *  with the schema first in the search path. Absent: only what every schema holds. */
  folder?: URL | undefined;
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

const ownFolder = new URL('../migrations/', import.meta.url);

/** Brings a schema up to date and returns the files it applied. Of several processes starting at once one migrates
 *  while the others wait (an advisory lock per schema). Applied migrations that the folder does not know are left
 *  alone: a release may be rolled back after its migrations ran.
 *  @throws `postgres.migration-name`, `postgres.migration-changed`, `postgres.migration-order`,
 *          `postgres.migration-failed` (500), each naming the file. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const schema = identifier(options.schema);
  const folders = options.folder ? [ownFolder, options.folder] : [ownFolder];
  const migrations = (await Promise.all(folders.map(readMigrations))).flat();
  checkNumbers(migrations);
  const database =
    typeof options.target === 'string'
      ? connectDatabase({ url: options.target, max: 1, applicationName: 'retort-migrate' })
      : options.target;
  try {
    return await underLock(database, schema, (client) => applyAll(client, schema, migrations));
  } finally {
    if (typeof options.target === 'string') await database.close();
  }
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const base = folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`);
  const names = (await readdir(base)).filter((name) => !name.startsWith('.')).sort();
  return Promise.all(
    names.map(async (name) => {
      if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(name))
        throw refusal('postgres.migration-name', `${name} is not named like 0001-what-it-does.sql.`);
      // A checkout on Windows must not look like a changed file.
      const sql = (await readFile(new URL(name, base), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

function checkNumbers(migrations: readonly Migration[]): void {
  const seen = new Map<string, string>();
  for (const { name } of migrations) {
    const number = name.slice(0, 4);
    const other = seen.get(number);
    if (other !== undefined)
      throw refusal('postgres.migration-name', `${name} has the number of ${other}; numbers are given once.`);
    seen.set(number, name);
  }
}

async function underLock<T>(database: Database, schema: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await database.pool.connect().catch((error: unknown) => {
    throw postgresFault(error);
  });
  let clean = false;
  try {
    // Waiting for another migrator, or building an index, may take longer than a statement usually may.
    await client.query('set statement_timeout = 0');
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [`retort migrate ${schema}`]);
    const result = await work(client);
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [`retort migrate ${schema}`]);
    await client.query('reset statement_timeout; reset role');
    clean = true;
    return result;
  } catch (error) {
    throw postgresFault(error);
  } finally {
    // Closing the session gives up the lock whatever went wrong.
    client.release(!clean);
  }
}

async function applyAll(client: PoolClient, schema: string, migrations: readonly Migration[]): Promise<string[]> {
  const { rows: found } = await client.query<{ known: boolean }>('select to_regnamespace($1) is not null as known', [
    `"${schema}"`,
  ]);
  // (`if not exists` would ask for the right to create one also where it exists.)
  if (!found[0]!.known) await client.query(`create schema if not exists "${schema}"`);
  await becomeOwner(client, schema);
  await client.query(
    `create table if not exists "${schema}".migrations (
       name text primary key, checksum text not null, applied_at timestamptz not null default now())`,
  );
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `select name, checksum from "${schema}".migrations order by name`,
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const last = rows.at(-1)?.name ?? '';
  const fresh: string[] = [];
  for (const migration of migrations) {
    const checksum = applied.get(migration.name);
    if (checksum === undefined) {
      if (migration.name < last)
        throw refusal('postgres.migration-order', `${migration.name} comes before ${last}, which is applied already.`);
      await applyOne(client, schema, migration);
      fresh.push(migration.name);
    } else if (checksum !== migration.checksum)
      throw refusal(
        'postgres.migration-changed',
        `${migration.name} was applied to schema ${schema} and has changed since. Undo the change; write a new file.`,
      );
  }
  return fresh;
}

async function applyOne(client: PoolClient, schema: string, migration: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(`set local search_path = "${schema}", pg_temp`);
    await client.query(migration.sql);
    await client.query(`insert into "${schema}".migrations (name, checksum) values ($1, $2)`, [
      migration.name,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    const known = postgresFault(error);
    if (known !== error) throw known;
    throw refusal('postgres.migration-failed', `${migration.name} failed in schema ${schema}: ${String(error)}`, error);
  }
}

function refusal(code: ErrorCode, message: string, cause?: unknown): Fault {
  return fault(code, { public: message, cause });
}
