import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { connectDatabase, type ConnectOptions, type Database } from '../src/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** A database of its own on the run's server. (`@retort/testing` has the comfortable form, but is built on us.) */
export async function freshDatabase(): Promise<{
  url: string;
  open(options?: Omit<ConnectOptions, 'url'>): Database;
  admin: Database;
  drop(): Promise<void>;
}> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const url = new URL(inject('postgresUrl'));
  const admin = connectDatabase({ url: url.href, max: 2 });
  await admin.query(`create database ${name} template template0`);
  url.pathname = `/${name}`;
  const opened: Database[] = [];
  return {
    url: url.href,
    admin,
    open: (options = {}) => {
      const database = connectDatabase({ ...options, url: url.href });
      opened.push(database);
      return database;
    },
    drop: async () => {
      await Promise.all(opened.map((database) => database.close()));
      await admin.query(`drop database ${name} with (force)`);
      await admin.close();
    },
  };
}
