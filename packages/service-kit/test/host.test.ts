import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endpoint, eventCatalog, topics } from '@retort/contracts';
import { isFault, newId } from '@retort/kernel';
import { testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  connectInfrastructure,
  createLogger,
  defineService,
  hostServices,
  infrastructureConfig,
  lines,
  mount,
  policy,
  recordEvent,
  type Host,
  type Infrastructure,
  type ServiceContext,
} from '../src/index.ts';
import { noTracing } from '../src/tracing/tracing.ts';

const log = createLogger({ level: 'silent' });
const trace = { correlationId: 'test-loop', causationId: null };
let folder: string;
let database: TestDatabase;
let infrastructure: Infrastructure;
let host: Host;
let learner: ServiceContext<{ pace: number }>;
const ended: string[] = [];
let releaseSlow: () => void = () => undefined;
const slowAsked = { count: 0 };

const common = { owner: 'decision-ingestion', method: 'GET', summary: 'An example', errors: [] } as const;
const getTelling = endpoint({
  ...common,
  id: 'getTelling',
  path: '/tellings',
  scope: 'decisions:read',
  response: { 200: z.object({ tenant: z.string(), correlationId: z.string(), causationId: z.string().nullable() }) },
});
const passOn = endpoint({
  ...common,
  id: 'passOn',
  path: '/tellings/passed-on',
  scope: 'decisions:read',
  response: { 200: z.object({ tenant: z.string() }) },
});
const tellSlowly = endpoint({
  ...common,
  id: 'tellSlowly',
  path: '/tellings/slow',
  scope: 'public',
  response: { 200: z.object({ done: z.boolean() }) },
});
const listTellings = endpoint({
  ...common,
  id: 'listTellings',
  path: '/tellings/lines',
  scope: 'decisions:read',
  response: { 200: { lines: z.object({ n: z.int(), text: z.string() }) } },
});

async function* tellings(count: number) {
  for (let n = 0; n < count; n++) yield { n, text: 'ä'.repeat(50) };
}

/** Answers over HTTP. */
const teller = defineService({
  name: 'teller',
  config: z.object({}),
  migrations: pathToFileURL(join(import.meta.dirname, 'migrations/teller/')),
  build: ({ http }) => ({
    routes: (app) => {
      mount(app, getTelling, ({ caller, trace }) => ({ tenant: caller.tenant, ...trace }));
      mount(app, passOn, ({ caller, trace }) => http.as(caller.tenant, trace).call(getTelling));
      mount(app, tellSlowly, async () => {
        slowAsked.count += 1;
        await new Promise<void>((resolve) => (releaseSlow = resolve));
        return { done: true };
      });
      mount(app, listTellings, () => lines(tellings(10_000)));
    },
    close: async () => void ended.push('teller'),
  }),
});

/** Receives events and keeps count of them in its own schema. */
const listener = defineService({
  name: 'learner',
  config: z.object({ pace: z.int().default(1) }),
  migrations: pathToFileURL(join(import.meta.dirname, 'migrations/learner/')),
  build: (context) => {
    learner = context;
    return {
      policies: [
        policy('RETRAIN_TRIGGERED', async (event, transaction) => {
          if (event.data.reason === 'poison') throw new Error('cannot be handled');
          await transaction.query('insert into heard (model, tenant, causation) values ($1, $2, $3)', [
            event.data.model,
            event.tenant,
            event.trace.causationId,
          ]);
        }),
      ],
      loops: [
        {
          name: 'waiting',
          run: async (signal) => {
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
            ended.push('loop');
          },
        },
      ],
    };
  },
});

let published = 0;
async function publish(model: string, data: object = { model, reason: 'drift' }, id = newId()): Promise<string> {
  const attributes = {
    id,
    source: 'test',
    type: 'RETRAIN_TRIGGERED',
    time: new Date().toISOString(),
    subject: model,
    tenant: 'acme',
    correlationid: 'test-loop',
    schemaversion: '1',
    logposition: `${++published}/0`,
  };
  await infrastructure.bus.publish([
    { topic: topics.evaluations, key: `evaluation-acme.${model}`, attributes, data: JSON.stringify(data) },
  ]);
  return id;
}
const received = async (model: string) =>
  (await learner.db.query<{ causation: string; tenant: string }>('select * from heard where model = $1', [model])).rows;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retort-host-'));
  database = await testDatabase();
  // Whoever closes waits for what is under way, and is never made to by what is not.
  const patience = { drainDelayMs: 0, shutdownTimeoutMs: 3_600_000 };
  const config = infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder, ...patience });
  infrastructure = await connectInfrastructure(config, log);
  host = await hostServices({
    services: [teller, listener],
    infrastructure,
    listen: { host: '127.0.0.1', port: 0 },
    env: { RETORT_LEARNER_PACE: '3' },
    log,
  });
});
afterAll(async () => {
  await host.close();
  await infrastructure.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

describe('a host', () => {
  it('gives each service its own settings and is ready once it listens', async () => {
    expect(learner.config).toEqual({ pace: 3 });
    const answer = await until('a check to be answered in its time', async () => {
      const { status, text } = await fetch(`${host.url}/readyz`).then(async (response) => ({
        status: response.status,
        text: await response.text(),
      }));
      return !text.includes('timed out') && [status, JSON.parse(text) as unknown];
    });
    expect(answer).toEqual([
      200,
      {
        status: 'ok',
        services: {
          infrastructure: { database: 'ok', event_store: 'ok', bus: 'ok' },
          teller: {},
          learner: { waiting: 'ok' },
          access: { rebuilds: 'ok', verifications: 'ok', 'removal-of-tenants': 'ok' },
        },
      },
    ]);
  });

  it('leaves nothing open when a service cannot be built', async () => {
    const broken = defineService({ ...teller, build: () => Promise.reject(new Error('cannot build')) });
    const starting = hostServices({
      services: [broken],
      infrastructure,
      listen: { host: '127.0.0.1', port: 0 },
      env: {},
      log,
    });
    await expect(starting).rejects.toThrow('cannot build');
  });
});

describe('a service that calls another', () => {
  it('acts for the tenant and within the trace it names, over real HTTP', async () => {
    const causationId = newId();
    const told = await learner.http.as('globex', { correlationId: 'c-1', causationId }).call(getTelling);
    expect(told).toEqual({ tenant: 'globex', correlationId: 'c-1', causationId });
  });

  it('is answered however many calls at once wait for calls of their own', async () => {
    const client = learner.http.as('acme', trace);
    const answers = await Promise.all(Array.from({ length: 200 }, () => client.call(passOn)));
    expect(answers.map(({ tenant }) => tenant)).toEqual(Array(200).fill('acme'));
  });

  it('gets the other one’s problem back as the fault it was', async () => {
    const error: unknown = await learner.http
      .as('globex', trace)
      .call({ ...getTelling, path: '/nothing-here' })
      .catch((caught: unknown) => caught);
    expect(isFault(error, 'request.not-found') && error.detail.status).toBe(404);
  });

  it('refuses an answer that is not what its contract says', async () => {
    const other = { ...getTelling, response: { 200: z.object({ balance: z.number() }) } };
    const odd = learner.http.as('globex', trace).call(other);
    await expect(odd).rejects.toMatchObject({ code: 'http.unexpected-answer' });
  });

  it('reads NDJSON line by line, and may stop in the middle', async () => {
    let count = 0;
    for await (const line of learner.http.as('globex', trace).lines(listTellings)) {
      expect(line).toMatchObject({ n: count, text: 'ä'.repeat(50) });
      count += 1;
    }
    expect(count).toBe(10_000);
    for await (const _line of learner.http.as('globex', trace).lines(listTellings)) break;
  });
});

describe('a subscription', () => {
  it('receives an event with the trace it continues', async () => {
    const id = await publish('first');
    const [row] = await until('the event is heard', async () =>
      (await received('first')).length > 0 ? received('first') : null,
    );
    expect(row).toMatchObject({ tenant: 'acme', causation: id });
  });

  it('tells how many messages it has still to handle, and tells the rest where that cannot be told', async () => {
    const metrics = async () => (await fetch(`${host.url}/metrics`)).text();
    const lag = /retort_consumer_lag_messages\{[^}]*topic="retort.evaluations"[^}]*\} (\d+)/g;
    const lags = async () => [...(await metrics()).matchAll(lag)].map(([, count]) => Number(count));
    await publish('counted');
    await until('it is heard', async () => (await received('counted')).length > 0);
    await until('nothing is left', async () => {
      const counts = await lags();
      return counts.length === 8 && counts.every((count) => count === 0);
    });
    const bus = infrastructure.database('event_bus');
    await bus.query('alter table event_bus.group_partitions rename to hidden');
    try {
      // What was gathered before is told a little longer.
      await until('it cannot be told', async () => (await lags()).length === 0);
      expect(await metrics()).toContain('retort_http_request_duration_seconds');
    } finally {
      await bus.query('alter table event_bus.hidden rename to group_partitions');
    }
  });

  it('handles a message once, however often the bus delivers it', async () => {
    await publish('once');
    await until('it is heard', async () => (await received('once')).length > 0);
    // A second consumer of the same partitions, as after a rebalance: the same messages from the beginning.
    const { consumeEvents } = await import('../src/events/consume.ts');
    let again = 0;
    const stale = await consumeEvents({
      service: 'learner-stale-owner',
      readModels: [],
      history: { newsAfter: null },
      policies: [policy('RETRAIN_TRIGGERED', async () => void (again += 1))],
      bus: infrastructure.bus,
      database: learner.db,
      log,
      tracing: noTracing,
    });
    await publish('after');
    await until('the new one is heard by one of the two', async () => (await received('after')).length + again > 0);
    await until('both have read everything', async () =>
      (await infrastructure.bus.lag('learner-stale-owner')).every(({ lag }) => lag === 0n),
    );
    await stale?.close();
    expect((await received('once')).length).toBe(1);
    expect((await received('after')).length + again).toBe(1);
  });

  it('puts what it cannot read into the dead letters and goes on', async () => {
    const id = await publish('broken', { model: 5 });
    const dead = await until('it is dead', async () =>
      (await infrastructure.bus.deadLetters({ group: 'learner' })).find(({ message }) => message.attributes.id === id),
    );
    expect(dead.group).toBe('learner');
    await publish('later');
    await until('the next one is heard', async () => (await received('later')).length > 0);
  });
});

describe('recording an event', () => {
  it('names its stream and its envelope by the catalogue, and refuses data against the schema', async () => {
    const data = { model: 'loan', reason: 'drift' };
    const id = await recordEvent(learner, {
      type: 'RETRAIN_TRIGGERED',
      tenant: 'acme',
      aggregateId: 'loan',
      data,
      trace,
    });
    const stored = [];
    for await (const event of infrastructure.events.readStream('evaluation-acme.loan')) stored.push(event);
    expect(stored.at(-1)).toMatchObject({
      id,
      type: 'RETRAIN_TRIGGERED',
      version: eventCatalog.RETRAIN_TRIGGERED.version,
      tenant: 'acme',
      correlationId: 'test-loop',
      json: JSON.stringify(data),
    });
    const wrong = { model: 'loan' } as typeof data;
    await expect(
      recordEvent(learner, { type: 'RETRAIN_TRIGGERED', tenant: 'acme', aggregateId: 'loan', data: wrong, trace }),
    ).rejects.toThrow();
  });
});

describe('shutting down', () => {
  it('lets requests in flight end, then loops, then the services close', async () => {
    const slow = fetch(`${host.url}${tellSlowly.path}`).then((answer) => answer.json());
    await until('the request is in flight', () => slowAsked.count > 0);
    const closing = host.close();
    await until('it takes no more', () =>
      fetch(`${host.url}/livez`).then(
        () => false,
        () => true,
      ),
    );
    expect(ended).toEqual([]);
    releaseSlow();
    expect(await slow).toEqual({ done: true });
    await closing;
    expect(ended).toEqual(['loop', 'teller']);
  });
});
