import { migrateEventStore, postgresEventStore, type EventStore, type RecordedEvent } from '@retort/event-store';
import { readCheckpoint, type Database } from '@retort/postgres';
import { testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresProjection } from '../src/adapters/tables.ts';
import { project, projectionLoop, type Projection } from '../src/app/project.ts';
import { decided, registered, reported, streamOf } from './host.ts';

let test: TestDatabase;
let database: Database;
let store: EventStore;
let projection: Projection;
const events: RecordedEvent[] = [];
beforeAll(async () => {
  test = await testDatabase();
  database = await test.migrated({ schema: 'event_projection', folder: new URL('../migrations/', import.meta.url) });
  projection = postgresProjection(database);
  const log = test.connect({ schema: 'event_store' });
  await migrateEventStore(log);
  store = postgresEventStore({ db: log });
  const written = [
    registered(),
    ...Array.from({ length: 60 }, (_, index) => decided(`d-${index}`)),
    reported('d-1', { success: true }),
  ];
  await store.appendGroup(written.map((event) => ({ stream: streamOf(event), expected: 'any', events: [event] })));
  for await (const event of store.readAll()) events.push(event);
});
afterAll(async () => {
  await store.close();
  await test.drop();
});

const count = async () =>
  Number((await database.query<{ count: bigint }>('select count(*) as count from decisions')).rows[0]!.count);

describe('the projection', () => {
  it('leaves neither rows nor checkpoint behind when it dies between them', async () => {
    // Whoever holds the checkpoint's row stops the projection after its rows were written and before it can commit.
    await database.query(`insert into checkpoints (name, position) values ('decisions', '0/0')`);
    const holder = await database.pool.connect();
    await holder.query('begin');
    await holder.query(`select 1 from checkpoints where name = 'decisions' for update`);
    const dying = project({ projection, events, from: '0/0', to: events.at(-1)!.position }).catch(
      (error: unknown) => error,
    );
    const victim = await until('the projection to wait for its checkpoint', async () => {
      const { rows } = await database.query<{ pid: number }>(
        `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like 'update checkpoints%' and datname = current_database()`,
      );
      return rows[0]?.pid;
    });
    await database.query('select pg_terminate_backend($1)', [victim]);
    expect(await dying).toBeInstanceOf(Error);
    await holder.query('rollback');
    holder.release();
    expect([await count(), await readCheckpoint(database, 'decisions')]).toEqual([0, '0/0']);
  });

  it('takes every event exactly once with two of them at work', async () => {
    const stop = new AbortController();
    const loops = [1, 2].map(() => projectionLoop({ store, projection, batchSize: 7 }).run(stop.signal));
    await until(
      'both to come to the end',
      async () => (await readCheckpoint(database, 'decisions')) === events.at(-1)!.position,
    );
    stop.abort();
    await Promise.all(loops);
    expect(await count()).toBe(60);
    expect((await database.query('select 1 from outcomes')).rowCount).toBe(1);
  });
});
