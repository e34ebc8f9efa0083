import { getDecision, projectionRebuilds } from '@retort/contracts';
import { migrateEventStore, postgresEventStore, type EventStore, type RecordedEvent } from '@retort/event-store';
import { readCheckpoint, type Database } from '@retort/postgres';
import { newId } from '@retort/kernel';
import { testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionsFold, postgresProjection } from '../src/adapters/tables.ts';
import { projectionLoop } from '../src/app/project.ts';
import { rebuildProjection } from '../src/app/rebuild.ts';
import { decided, event, registered, reported, startProjection, streamOf, type StartedProjection } from './host.ts';

const initial = 400;
const batchSize = 50;
let test: TestDatabase;
let database: Database;
let store: EventStore;
let stop: AbortController;
let live: Promise<void>;

beforeAll(async () => {
  test = await testDatabase();
  database = await test.migrated({ schema: 'event_projection', folder: new URL('../migrations/', import.meta.url) });
  const log = test.connect({ schema: 'event_store' });
  await migrateEventStore(log);
  store = postgresEventStore({ db: log });
  stop = new AbortController();
  live = (async () => {
    // As a host does: what was interrupted is begun again.
    while (!stop.signal.aborted)
      await projectionLoop({ store, projection: postgresProjection(database), batchSize: 7 })
        .run(stop.signal)
        .catch((error: unknown) => expect(error).toMatchObject({ code: 'postgres.unavailable' }));
  })();
  await append(
    registered(),
    event('AGENT_TOOL_SELECTED', 'loan', { id: 'poison', tool_selected: 1 }),
    ...Array.from({ length: initial }, (_, index) => decided(`d-${index}`)),
    reported('d-1', { success: true }),
  );
  await caughtUp();
});
afterAll(async () => {
  stop.abort();
  await live;
  await store.close();
  await test.drop();
});

async function append(...events: ReturnType<typeof decided>[]) {
  await store.appendGroup(events.map((one) => ({ stream: streamOf(one), expected: 'any', events: [one] })));
}
const caughtUp = () =>
  until(
    'the projection to catch up',
    async () => (await readCheckpoint(database, 'decisions')) === (await store.head()),
  );
const work = (signal = new AbortController().signal) => {
  const steps: { fraction: number; step: string }[] = [];
  return { steps, signal, report: (step: { fraction: number; step: string }) => void steps.push(step) };
};
const rebuild = (from: Pick<EventStore, 'readAll' | 'head'> = store, watched = work(), runId: string = newId()) =>
  rebuildProjection({ store: from, database, decisions: decisionsFold(database), runId, batchSize }, watched);
const numberOf = async (sql: string) =>
  Number((await database.query<{ count: bigint }>(`select count(*) as count ${sql}`)).rows[0]!.count);
const leftovers = () => numberOf(`from pg_namespace where nspname = 'event_projection_rebuilt'`);
const indexes = async () =>
  (
    await database.query<{ name: string }>(
      `select tablename || '.' || indexname as name from pg_indexes where schemaname = 'event_projection' order by 1`,
    )
  ).rows;
const identity = async () =>
  (await database.query<{ oid: number }>(`select 'decisions'::regclass::oid::int as oid`)).rows[0]!.oid;

/** The log, with something that happens once the rebuild has read so many events of it. */
function interrupted(after: number, happening: () => void | Promise<void>) {
  let seen = 0;
  return {
    head: () => store.head(),
    seen: () => seen,
    async *readAll(options?: Parameters<EventStore['readAll']>[0]): AsyncGenerator<RecordedEvent> {
      for await (const one of store.readAll(options)) {
        if (++seen === after) await happening();
        yield one;
      }
    },
  };
}

describe('a rebuild', () => {
  it('ends with the same rows, loses none that arrive meanwhile, and leaves nothing of the old tables', async () => {
    const before = { tables: await identity(), indexes: await indexes() };
    let writing = true;
    let written = 0;
    const load = (async () => {
      while (writing) await append(...Array.from({ length: 5 }, () => decided(`during-${written++}`)));
    })();
    const watched = work();
    // What is compared is what the live projection has, which may lag behind what was written.
    const more = () => until('more arrives meanwhile', async () => (await numberOf('from decisions')) > initial + 60);
    const { checksums, position } = await rebuild(
      interrupted(200, async () => void (await more())),
      watched,
    );
    const soFar = written;
    await until('the log goes on after the swap', () => written > soFar + 20);
    writing = false;
    await load;
    await caughtUp();

    expect(checksums.map(({ table, equal, differingRows }) => [table, equal, differingRows])).toEqual([
      ['decisions', true, 0],
      ['exchanges', true, 0],
      ['outcomes', true, 0],
      ['toolsets', true, 0],
      ['toolset_names', true, 0],
      ['students', true, 0],
      ['poison_events', true, 0],
      ['shredded_events', true, 0],
    ]);
    expect(checksums[0]!.rows).toBeGreaterThan(initial + 60);
    expect(position).not.toBeNull();
    expect(await numberOf(`from decisions`)).toBe(initial + written);
    // Whoever reads them goes on: the tables stay, and so do their indexes.
    expect(await identity()).toBe(before.tables);
    expect(await leftovers()).toBe(0);
    expect(await indexes()).toEqual(before.indexes);
    expect(new Set(watched.steps.map(({ step }) => step))).toEqual(
      new Set(['folding the log', 'comparing event-projection']),
    );
  });

  it('finds rows that were altered, lost or made up, and puts the log’s in their place', async () => {
    const truth = await numberOf('from decisions');
    await database.query(`update decisions set tool_selected = 'forged' where id = 'd-7'`);
    await database.query(`delete from decisions where id = 'd-8'`);
    await database.query(`update toolset_names set name = 'forged'`);
    const { checksums } = await rebuild();
    const found = Object.fromEntries(
      checksums.map(({ table, equal, differingRows }) => [table, [equal, differingRows]]),
    );
    expect(found).toEqual({
      decisions: [false, 2],
      exchanges: [true, 0],
      outcomes: [true, 0],
      toolsets: [true, 0],
      toolset_names: [false, 2],
      students: [true, 0],
      poison_events: [true, 0],
      shredded_events: [true, 0],
    });
    expect(await numberOf('from decisions')).toBe(truth);
    expect(await numberOf(`from decisions where tool_selected = 'forged'`)).toBe(0);
    expect((await rebuild()).checksums.every(({ equal }) => equal)).toBe(true);
  });

  it('brings back nothing of a deleted tenant', async () => {
    await append(decided('of-one-who-left', {}, { tenant: 'leaver' }));
    await append(
      event('TENANT_DELETED', 'leaver', { tenant: 'leaver' }, { tenant: 'leaver', aggregateType: 'tenant' }),
    );
    await caughtUp();
    await database.query(`delete from decisions where tenant = 'leaver'`);
    const { checksums } = await rebuild();
    expect(checksums.filter(({ equal }) => !equal)).toEqual([]);
    expect(await numberOf(`from decisions where tenant = 'leaver'`)).toBe(0);
  });

  it('that breaks off, is cancelled or loses its connections leaves what is read as it was', async () => {
    const before = await identity();
    const broken = new Error('the log cannot be read');
    const failing = interrupted(200, () => {
      throw broken;
    });
    await expect(rebuild(failing)).rejects.toBe(broken);
    const cancel = new AbortController();
    const cancelled = interrupted(200, () => cancel.abort());
    await expect(rebuild(cancelled, work(cancel.signal))).rejects.toThrow('aborted');
    expect(await identity()).toBe(before);

    const cut = interrupted(200, async () => void (await test.cutConnections()));
    await expect(rebuild(cut)).rejects.toThrow();
    await append(decided('after-cut'));
    await until(
      'the live projection goes on',
      async () => (await numberOf(`from decisions where id = 'after-cut'`)) === 1,
    );
    expect(await identity()).toBe(before);
    expect((await rebuild()).checksums.every(({ equal }) => equal)).toBe(true);
  });

  it('that was interrupted goes on where it was, and another one begins anew beside what it left', async () => {
    const run = newId();
    const counted = interrupted(0, () => undefined);
    const total = async () => numberOf(`from event_store.events`);
    const failing = interrupted(300, () => Promise.reject(new Error('killed')));
    await expect(rebuild(failing, work(), run)).rejects.toThrow('killed');
    expect(await leftovers()).toBe(1);
    expect((await rebuild(counted, work(), run)).checksums.every(({ equal }) => equal)).toBe(true);
    expect(counted.seen()).toBeLessThanOrEqual((await total()) - 200);

    await expect(rebuild(interrupted(300, () => Promise.reject(new Error('killed'))))).rejects.toThrow('killed');
    const anew = interrupted(0, () => undefined);
    expect((await rebuild(anew)).checksums.every(({ equal }) => equal)).toBe(true);
    expect(anew.seen()).toBeGreaterThanOrEqual(await total());
    expect(await leftovers()).toBe(0);
  });

  it('refuses a second one beside it', async () => {
    let second: unknown;
    const result = await rebuild(
      interrupted(10, async () => {
        second = await rebuild().catch((error: unknown) => error);
      }),
    );
    expect(second).toMatchObject({ code: 'projections.rebuild-in-progress' });
    expect(result.checksums.every(({ equal }) => equal)).toBe(true);
  });
});

describe('POST /projections/decisions:rebuild', () => {
  let host: StartedProjection;
  beforeAll(async () => {
    host = await startProjection();
    await host.record(registered(), decided('a'), decided('b'), decided('a', {}, { tenant: 'globex' }));
  });
  afterAll(() => host.close());

  it('answers 202 with a run that tells how far it is, what differed, and that the swap healed it', async () => {
    const projection = host.database.connect({ schema: 'event_projection' });
    await projection.query(`update decisions set agent_id = 'forged' where tenant = 'acme' and id = 'a'`);
    const accepted = await host.call(projectionRebuilds.create);
    expect([accepted.status, accepted.body.healed]).toEqual([202, null]);
    const run = await host.ended(projectionRebuilds, accepted.body);
    expect(run).toMatchObject({ state: 'succeeded', healed: true, progress: { fraction: 1 }, error: null });
    expect(run.checksums![0]).toMatchObject({ table: 'decisions', rows: 3, equal: false, differing_rows: 1 });
    expect((await host.call(getDecision, { params: { id: 'a' } })).body.agent_id).toBe('loan');
    expect((await host.call(projectionRebuilds.list)).body.data).toEqual([run]);
    // One that has ended stays as it is.
    const { body } = await host.call(projectionRebuilds.cancel, { params: { run_id: run.run_id } });
    expect(body).toEqual(run);
  });

  it('refuses another while one is under way, and lets that one be cancelled', async () => {
    const projection = host.database.connect({ schema: 'event_projection' });
    // Whoever holds the live projection's lock keeps the rebuild from comparing.
    const holder = await projection.pool.connect();
    await holder.query(`select pg_advisory_lock_shared(hashtextextended('event_projection read models', 0))`);
    const { body: first } = await host.call(projectionRebuilds.create);
    expect((await host.call(projectionRebuilds.create)).status).toBe(409);
    const params = { run_id: first.run_id };
    const state = async () => (await host.call(projectionRebuilds.get, { params })).body.state;
    await until('it is at work', async () => (await state()) === 'running');
    await host.call(projectionRebuilds.cancel, { params });
    const cancelledAt = new Date();
    await until('the event to arrive', async () => {
      const { rows } = await projection.query('select 1 from runs where heartbeat_at > $1', [cancelledAt]);
      return rows.length > 0;
    });
    holder.release(true);
    const ended = await host.ended(projectionRebuilds, first);
    expect(ended).toMatchObject({ state: 'cancelled', checksums: null, healed: null });
  });
});
