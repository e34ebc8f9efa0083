import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { connectDatabase, identifier, migrate, type ConnectOptions, type Database } from '@retort/postgres';
import { inject } from 'vitest';

export interface TestDatabase {
  url: string;
  /** A pool on it; closed with the database. */
  connect(options?: Omit<ConnectOptions, 'url'>): Database;
  /** Applies migrations to a schema of it and opens a pool there. */
  migrated(options: { schema: string; folder: URL } & Omit<ConnectOptions, 'url' | 'schema'>): Promise<Database>;
  /** Cuts every connection to it, as a failing network would, and waits until they are gone. Returns how many. */
  cutConnections(): Promise<number>;
  /** Closes what `connect` opened and drops the database. */
  drop(): Promise<void>;
}

/** A fresh, empty database on the run's server (`global-setup.ts` starts it). Make one per test file. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = identifier(`test_${randomBytes(8).toString('hex')}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  // template0 is never connected to, so that databases can be made from it concurrently.
  await onServer(server, `create database ${name} template template0`);
  const open: Database[] = [];
  const connect: TestDatabase['connect'] = (options = {}) => {
    const database = connectDatabase({ ...options, url: url.href });
    open.push(database);
    return database;
  };
  return {
    url: url.href,
    connect,
    migrated: async ({ schema, folder, ...options }) => {
      await migrate({ target: url.href, schema, folder });
      return connect({ ...options, schema });
    },
    cutConnections: async () =>
      (
        await onServer(server, 'select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = $1', [
          name,
        ])
      ).length,
    drop: async () => {
      await Promise.all(open.filter((database) => !database.pool.ended).map((database) => database.close()));
      await onServer(server, `drop database if exists ${name} with (force)`);
    },
  };
}

async function onServer(url: string, sql: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
