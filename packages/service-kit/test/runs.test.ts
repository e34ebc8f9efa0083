import { setTimeout as delay } from 'node:timers/promises';
import { migrateEventStore, postgresEventStore, type EventStore } from '@retort/event-store';
import { newId } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLogger, runQueue, runWorker, type RunContext, type RunWork } from '../src/index.ts';
import { noTracing } from '../src/tracing/tracing.ts';

interface Input {
  name: string;
}
interface Result {
  note: string;
}
let database: TestDatabase;
let db: Database;
let events: EventStore;
const clock = () => new Date();
const log = createLogger({ level: 'silent' });

beforeAll(async () => {
  database = await testDatabase();
  db = database.connect();
  const store = database.connect({ schema: 'event_store' });
  await migrateEventStore(store);
  events = postgresEventStore({ db: store });
  context = { name: 'testing', db, clock, newId, events, log, tracing: noTracing };
  await queueOf('run').prepare();
});
afterAll(async () => {
  await events.close();
  await database.drop();
});

let context: RunContext;
const queueOf = (kind: string) => runQueue<Input, Result>({ context, area: 'training', kind });
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A process that works on the queue of `kind` until it is stopped. */
function work(kind: string, execute: (work: RunWork<Result>, name: string) => Promise<Result>, resume = 2) {
  const stopping = new AbortController();
  const options = { name: kind, context, kind, resume };
  const loop = runWorker<Input, Result>({ ...options, execute: (run, work) => execute(work, run.input.name) });
  const ended = loop.run(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  stops.push(stop);
  return stop;
}

const enqueue = (kind: string, runId: string, tenant = 'acme') =>
  queueOf(kind).enqueue({
    runId,
    tenant,
    input: { name: runId },
    trace: { correlationId: 'c', causationId: null },
  });
const reaches = (kind: string, runId: string, state: string) =>
  until(`${runId} is ${state}`, async () => {
    const run = await queueOf(kind).get('acme', runId);
    return run.state === state ? run : null;
  });
const untilAborted = async ({ signal }: RunWork<Result>): Promise<Result> => {
  await delay(600_000, undefined, { signal });
  throw new Error('unreachable');
};
/** What a process leaves behind that is killed outright: a run that is running, and a heartbeat that stopped. */
const kill = (runId: string) =>
  db.query(
    `update runs set state = 'running', owner = 'gone', heartbeat_at = now() - interval '1 minute' where run_id = $1`,
    [runId],
  );

describe('a queue', () => {
  it('lets tenants take turns, however many runs one of them has queued before', async () => {
    for (const runId of ['t-1', 't-2', 't-3', 't-4']) await enqueue('turns', runId);
    await enqueue('turns', 'u-1', 'umbrella');
    await enqueue('turns', 'u-2', 'umbrella');
    const began: string[] = [];
    work('turns', async (_, name) => {
      began.push(name);
      return { note: name };
    });
    await reaches('turns', 't-4', 'succeeded');
    expect(began).toEqual(['t-1', 'u-1', 't-2', 'u-2', 't-3', 't-4']);
  });

  it('takes no more than 20 runs of a tenant that wait, and says so; another tenant’s are taken', async () => {
    for (let run = 0; run < 20; run++) await enqueue('full', `f-${run}`);
    await expect(enqueue('full', 'f-20')).rejects.toMatchObject({ code: 'run.too-many-queued' });
    expect((await enqueue('full', 'f-3')).runId).toBe('f-3');
    await enqueue('full', 'g-1', 'umbrella');
    await queueOf('full').cancel('acme', 'f-0');
    await enqueue('full', 'f-20');
    await expect(queueOf('full').resume('acme', 'f-0')).rejects.toMatchObject({ code: 'run.too-many-queued' });
  });
});

describe('a run', () => {
  it('that was under way when its process stopped is taken up again by the next, with what it knew', async () => {
    await enqueue('stopped', 'r1');
    const stop = work('stopped', async (running) => {
      await running.update({ note: 'half' });
      running.report({ fraction: 0.5, step: 'half', metrics: { loss: 1 } });
      return untilAborted(running);
    });
    await reaches('stopped', 'r1', 'running');
    await until('it knows something', async () => (await queueOf('stopped').get('acme', 'r1')).result.note === 'half');
    await stop();
    expect(await queueOf('stopped').get('acme', 'r1')).toMatchObject({ state: 'queued', result: { note: 'half' } });
    work('stopped', async () => ({ note: 'whole' }));
    expect(await reaches('stopped', 'r1', 'succeeded')).toMatchObject({ result: { note: 'whole' }, error: null });
    const steps = [];
    const signal = new AbortController().signal;
    for await (const step of queueOf('stopped').follow({ tenant: 'acme', runId: 'r1', after: 0, signal }))
      steps.push(step);
    expect(steps.map(({ sequence }) => sequence)).toEqual(steps.map((_, index) => index + 1));
    expect(steps.map(({ step }) => step)).toEqual(['half', 'succeeded']);
    expect(steps[0]!.metrics).toEqual({ loss: 1 });
  });

  it('whose process was killed is taken up again once it lost its heartbeat', async () => {
    await enqueue('killed', 'r2');
    await kill('r2');
    work('killed', async () => ({ note: 'whole' }));
    await reaches('killed', 'r2', 'succeeded');
  });

  it('that takes its process along again and again fails in the end', async () => {
    await enqueue('deadly', 'r3');
    await db.query('update runs set resumed = 2 where run_id = $1', ['r3']);
    await kill('r3');
    work('deadly', async () => ({ note: 'whole' }));
    expect(await reaches('deadly', 'r3', 'failed')).toMatchObject({ error: { code: 'run.interrupted' } });
  });

  it('that was to be cancelled when its process was killed is cancelled, not taken up', async () => {
    await enqueue('unwanted', 'r4');
    await kill('r4');
    await queueOf('unwanted').cancel('acme', 'r4');
    work('unwanted', async () => ({ note: 'whole' }));
    await reaches('unwanted', 'r4', 'cancelled');
  });

  it('of work that must not be repeated fails with its process', async () => {
    await enqueue('once', 'r5');
    await kill('r5');
    work('once', async () => ({ note: 'whole' }), 0);
    await reaches('once', 'r5', 'failed');
  });

  it('is cancelled while it runs, and may be resumed', async () => {
    await enqueue('resumed', 'r6');
    let patient = true;
    work('resumed', (running) => (patient ? untilAborted(running) : Promise.resolve({ note: 'whole' })));
    await reaches('resumed', 'r6', 'running');
    await queueOf('resumed').cancel('acme', 'r6');
    await reaches('resumed', 'r6', 'cancelled');
    patient = false;
    expect(await queueOf('resumed').resume('acme', 'r6')).toMatchObject({ state: 'queued', finishedAt: null });
    await reaches('resumed', 'r6', 'succeeded');
    expect((await queueOf('resumed').resume('acme', 'r6')).state).toBe('succeeded');
  });

  it('that is resumed is told as it was put back, however soon somebody takes it up', async () => {
    await enqueue('eager', 'r8');
    await queueOf('eager').cancel('acme', 'r8');
    const claim = () => db.query(`update runs set state = 'running' where run_id = 'r8' and state = 'queued'`);
    const busy: Database = {
      ...db,
      query: async (sql, values) => db.query<never>(sql, values).finally(claim),
    };
    const queue = runQueue<Input, Result>({ context: { ...context, db: busy }, area: 'training', kind: 'eager' });
    expect(await queue.resume('acme', 'r8')).toMatchObject({ state: 'queued', finishedAt: null });
  });

  it('does not end before its end could be told to whoever waits for it', async () => {
    await db.query('create table told (run_id text primary key)');
    await enqueue('told', 'r7');
    let deaf = true;
    const worker = runWorker<Input, Result>({
      name: 'told',
      context,
      kind: 'told',
      resume: 1,
      execute: async () => ({ note: 'whole' }),
      async ended({ runId }, transaction) {
        await transaction.query('insert into told values ($1)', [runId]);
        if (deaf) throw new Error('the database is going down');
      },
    });
    await expect(worker.run(new AbortController().signal)).rejects.toThrow('going down');
    expect(await queueOf('told').get('acme', 'r7')).toMatchObject({ state: 'running' });
    expect((await db.query('select from told')).rowCount).toBe(0);
    deaf = false;
    await kill('r7');
    const stopping = new AbortController();
    const running = worker.run(stopping.signal);
    await reaches('told', 'r7', 'succeeded');
    expect((await db.query('select from told')).rowCount).toBe(1);
    stopping.abort();
    await running;
  });
});
