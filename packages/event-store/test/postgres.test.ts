import { collect, follow, freshStream, ids, newEvent, request } from '@retort/event-store/contract';
import { connectDatabase, startEmbeddedPostgres } from '@retort/postgres';
import { temporaryFolder, until } from '@retort/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparePositions, migrateEventStore, postgresEventStore } from '../src/index.ts';
import { startPostgresEventStore } from './subject.ts';

let subject: Awaited<ReturnType<typeof startPostgresEventStore>>;
beforeAll(async () => {
  subject = await startPostgresEventStore();
});
afterAll(() => subject.stop());

describe('the Postgres event store', () => {
  it('shows nothing above a slower writer until that one ends, and nothing of it when it rolls back', async () => {
    const before = await subject.store.head();
    const [lost, kept] = [newEvent(), newEvent()];
    const slow = await subject.appendSlowly(request(freshStream(), [lost]));
    await subject.store.append(request(freshStream(), [kept]));
    expect(await subject.store.head()).toBe(before);
    await slow.rollback();
    expect(ids(await collect(subject.store.readAll({ after: before })))).toEqual([kept.id]);
  });

  it('is not held back by a transaction that writes elsewhere in the server', async () => {
    const client = await subject.db.pool.connect();
    await client.query('begin');
    await client.query('create table somewhere_else (id int)');
    const event = newEvent();
    const before = await subject.store.head();
    await subject.store.append(request(freshStream(), [event]));
    expect(ids(await collect(subject.store.readAll({ after: before })))).toEqual([event.id]);
    await client.query('rollback');
    client.release();
  });

  it('keeps every stream in log order whatever the writers interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 8 }),
        async (groups) => {
          const streams = [0, 1, 2, 3].map(() => freshStream());
          const after = await subject.store.head();
          await Promise.all(groups.map((group) => subject.store.appendGroup(group.map((s) => request(streams[s]!)))));
          const all = await collect(subject.store.readAll({ after }));
          expect(all).toHaveLength(groups.flat().length);
          for (const stream of streams) {
            const own = all.filter((event) => event.stream === stream);
            expect(own.map((event) => Number(event.revision))).toEqual(own.map((_, index) => index));
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('reports a lost database as unavailable and goes on when it is back', async () => {
    const appending = Promise.allSettled(
      Array.from({ length: 40 }, () => subject.store.append(request(freshStream()))),
    );
    await subject.database.cutConnections();
    const lost = { code: 'postgres.unavailable', detail: { retriable: true } };
    for (const outcome of await appending)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(lost);
    // An idle connection that was cut may be found out by whoever uses it next.
    const again = request(freshStream());
    const appended = await until('it takes events again', () =>
      subject.store.append(again).catch((error: unknown) => {
        expect(error).toMatchObject(lost);
        return null;
      }),
    );
    expect(appended).toMatchObject({ status: 'appended' });
    await subject.store.ping();
  });

  it('cannot take events while its database is read-only, and goes on when it is not', async () => {
    const readOnly = await startPostgresEventStore();
    const name = (await readOnly.db.query<{ name: string }>('select current_database() as name')).rows[0]!.name;
    const switchTo = async (state: 'on' | 'off') => {
      await subject.db.query(`alter database ${name} set default_transaction_read_only = ${state}`);
      await readOnly.database.cutConnections();
      // Connections that were cut are found out by their use.
      await until('new connections', () => readOnly.db.query('select 1').catch(() => null));
    };
    await switchTo('on');
    await expect(readOnly.store.ping()).rejects.toMatchObject({ detail: { status: 503 } });
    const refused = { detail: { status: 503, retriable: true } };
    await expect(readOnly.store.append(request(freshStream()))).rejects.toMatchObject(refused);
    await switchTo('off');
    await until('it to be ready', () =>
      readOnly.store.ping().then(
        () => true,
        () => false,
      ),
    );
    expect(await readOnly.store.append(request(freshStream()))).toMatchObject({ status: 'appended' });
    await readOnly.stop();
  });

  it('refuses to serve a log that was restored into a younger server', async () => {
    const restored = await startPostgresEventStore();
    await restored.store.append(request(freshStream()));
    await restored.db.query("update event_store.events set transaction_id = '999999999999'");
    await expect(restored.store.ping()).rejects.toMatchObject({ code: 'event-store.unavailable' });
    await restored.stop();
  });

  it('has every acknowledged event once, in order, after the server was killed under load', async () => {
    const folder = await temporaryFolder('store');
    const postgres = await startEmbeddedPostgres({
      folder: folder.path,
      ephemeral: true,
      settings: { shared_buffers: '32MB', fsync: 'on', full_page_writes: 'on' },
    });
    await migrateEventStore(postgres.url());
    const db = connectDatabase({ url: postgres.url() });
    const store = postgresEventStore({ db, pollIntervalMs: 100 });
    const streams = Array.from({ length: 4 }, () => freshStream());
    const acknowledged: string[] = [];
    const controller = new AbortController();
    const following = follow(store.subscribe({ after: null, signal: controller.signal }), (seen) => seen.length >= 400);
    const { pid } = postgres;
    await Promise.all(
      streams.map(async (stream) => {
        for (let index = 0; index < 100; index++) {
          const event = newEvent();
          if (acknowledged.length === 120) process.kill(pid, 'SIGKILL');
          for (let stored = false; !stored;)
            stored = await store.append(request(stream, [event])).then(
              () => true,
              () => new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
            );
          acknowledged.push(event.id);
        }
      }),
    );
    const { events } = await following;
    controller.abort();
    expect(postgres.pid).not.toBe(pid);
    expect(ids(events).sort()).toEqual([...acknowledged].sort());
    const positions = events.map((event) => event.position);
    expect(positions).toEqual([...positions].sort(comparePositions));
    await store.close();
    await db.close();
    await postgres.stop();
    await folder.remove();
  }, 120_000);
});
