import { testDatabase, type TestDatabase } from '@retort/testing';
import type { EventStoreUnderTest } from '@retort/event-store/contract';
import type { Database } from '@retort/postgres';
import { migrateEventStore, postgresEventStore, type AppendRequest, type EventStore } from '../src/index.ts';
import { layOut } from '../src/postgres/group.ts';

export interface PostgresSubject extends EventStoreUnderTest {
  database: TestDatabase;
  db: Database;
  appendSlowly(request: AppendRequest): Promise<{ commit(): Promise<void>; rollback(): Promise<void> }>;
}

/** The Postgres store on a fresh database, as the contract wants it, and the database beneath. */
export async function startPostgresEventStore(): Promise<PostgresSubject> {
  const database = await testDatabase();
  await migrateEventStore(database.url);
  const stores: EventStore[] = [];
  const open = (db: Database) => {
    const store = postgresEventStore({ db, pollIntervalMs: 200 });
    stores.push(store);
    return store;
  };
  const db = database.connect();
  return {
    store: open(db),
    database,
    db,
    another: async () => open(database.connect()),
    cutConnections: () => database.cutConnections(),
    // What stands in the server's memory is nothing that the store relies on: a lost connection is all there is to see.
    restart: () => database.cutConnections(),
    appendSlowly: async (request) => {
      const client = await db.pool.connect();
      await client.query('begin');
      await client.query(layOut([request]).statement);
      const end = async (how: 'commit' | 'rollback') => {
        await client.query(how);
        client.release();
      };
      return { commit: () => end('commit'), rollback: () => end('rollback') };
    },
    stop: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await database.drop();
    },
  };
}
