import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createApiKey, endpoint, listTenants, scopes, type Scope } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { fakeClock, temporaryFolder, testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  connectInfrastructure,
  createLogger,
  defineService,
  hostServices,
  infrastructureConfig,
  mount,
  type Host,
  type Infrastructure,
} from '../src/index.ts';
import { serverSentEvents } from '../src/http/answers.ts';

const log = createLogger({ level: 'silent' });
const clock = fakeClock('2026-03-01T12:00:00Z');
let database: TestDatabase;
let infrastructure: Infrastructure;
let host: Host;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let operator: string;

const tick = z.object({ tick: z.int().describe('Counts.') });
const endless = endpoint({
  id: 'followTellings',
  owner: 'inference',
  method: 'GET',
  path: '/tellings/events',
  scope: 'decisions:write',
  summary: 'Never ends',
  response: { 200: { events: { tick, done: tick } } },
  errors: [],
});
async function* ticks() {
  for (let count = 0; ; count++) {
    yield { event: 'tick', data: { tick: count } };
    await delay(50);
  }
}

const counter = defineService({
  name: 'teller',
  config: z.object({}),
  migrations: pathToFileURL(join(import.meta.dirname, 'migrations/teller/')),
  build: () => ({
    routes: (app) => {
      const config = { scope: 'decisions:write' } as const;
      mount(app, endless, () => serverSentEvents(ticks()));
      app.post('/tellings', { config }, ({ caller }) => {
        caller.usage.take('decisions', 1);
        return { told: 1 };
      });
      app.post('/tellings/:id', { config: { ...config, audited: 'tellings.refuse' } }, () => {
        throw fault('access.no-such-key', { public: 'No.' });
      });
      app.get(
        '/tellings',
        { config: { ...config, audited: ({ url }) => (url.includes('all') ? 'tellings.export' : null) } },
        ({ trace }) => trace,
      );
    },
  }),
});

beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('administration');
  const config = infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder.path, drainDelayMs: 0 });
  infrastructure = await connectInfrastructure({ ...config, refusedKeysPerAddress: 3 }, log);
  host = await hostServices({
    services: [counter],
    infrastructure,
    listen: { host: '127.0.0.1', port: 0 },
    env: {},
    log,
    clock: clock.now,
  });
  operator = (await host.keys.create({ tenant: 'house', name: 'operator', scopes: [...scopes] })).secret;
});
afterAll(async () => {
  await host.close();
  await infrastructure.close();
  await database.drop();
  await folder.remove();
});

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}
async function ask(method: string, path: string, key: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${host.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
const code = ({ status, body }: Answer) => [status, String(body['type']).slice('/errors#'.length)];
const tenants = listTenants.path;
const noLimit = {
  decisions_per_second: null,
  predictions_per_second: null,
  stored_rows: null,
  training_runs_per_day: null,
};

async function newTenant(id: string, given: Scope[] = ['decisions:write', 'admin']): Promise<string> {
  await ask('POST', tenants, operator, { id });
  const { body } = await ask('POST', `${tenants}/${id}/api-keys`, operator, { name: 'first', scopes: given });
  return String(body['secret']);
}

async function eventsOf(stream: string) {
  const events = [];
  for await (const event of infrastructure.events.readStream(stream)) events.push(event);
  return events;
}

describe('the operator of the platform', () => {
  it('creates a tenant and makes its first key', async () => {
    const made = await ask('POST', tenants, operator, { id: 'globex', name: 'Globex', quotas: { stored_rows: 5 } });
    expect([made.status, made.headers.get('location')]).toEqual([201, `${tenants}/globex`]);
    expect(made.body).toMatchObject({ state: 'active', name: 'Globex', quotas: { ...noLimit, stored_rows: 5 } });
    const key = await ask('POST', `${tenants}/globex/api-keys`, operator, { name: 'first', scopes: ['admin'] });
    const listed = await ask('GET', createApiKey.path, String(key.body['secret']));
    expect(listed.body['data']).toMatchObject([{ tenant: 'globex', name: 'first' }]);
    expect((await ask('GET', `${tenants}/globex`, operator)).body).toEqual(made.body);
    expect(code(await ask('GET', `${tenants}/nobody`, operator))).toEqual([404, 'tenants.unknown']);
  });

  it('is somebody else than the administrator of a tenant, who cannot become one', async () => {
    const admin = await newTenant('initech');
    expect(code(await ask('GET', tenants, admin))).toEqual([403, 'access.scope-missing']);
    const grab = { name: 'more', scopes: ['platform:operate'] };
    expect(code(await ask('POST', createApiKey.path, admin, grab))).toEqual([403, 'access.scope-not-yours-to-give']);
    expect((await ask('POST', createApiKey.path, operator, grab)).status).toBe(201);
  });

  it('pages through the tenants', async () => {
    for (const id of ['page-a', 'page-b', 'page-c']) await ask('POST', tenants, operator, { id });
    const seen: string[] = [];
    for (let next: unknown = ''; next !== null;) {
      const cursor = next === '' ? '' : `&cursor=${String(next)}`;
      const { body } = await ask('GET', `${tenants}?limit=2${cursor}`, operator);
      seen.push(...(body['data'] as { id: string }[]).map(({ id }) => id));
      next = body['next_cursor'];
    }
    expect(seen).toEqual([...seen].sort());
    expect(seen).toEqual(expect.arrayContaining(['page-a', 'page-b', 'page-c']));
  });

  it('suspends a tenant, whose keys are refused at once, and resumes it', async () => {
    const key = await newTenant('hooli');
    expect((await ask('POST', '/tellings', key, {})).status).toBe(200);
    await ask('POST', `${tenants}/hooli:suspend`, operator, { reason: 'unpaid' });
    expect(code(await ask('POST', '/tellings', key, {}))).toEqual([403, 'access.tenant-suspended']);
    await ask('POST', `${tenants}/hooli:resume`, operator);
    expect((await ask('POST', '/tellings', key, {})).status).toBe(200);
  });

  it('deletes a tenant for good', async () => {
    const key = await newTenant('umbrella');
    expect((await ask('DELETE', `${tenants}/umbrella`, operator)).body['state']).toBe('deleted');
    expect(code(await ask('POST', '/tellings', key, {}))).toEqual([403, 'access.tenant-deleted']);
    expect(code(await ask('POST', tenants, operator, { id: 'umbrella' }))).toEqual([409, 'tenants.exists']);
    expect(code(await ask('POST', `${tenants}/umbrella:resume`, operator))).toEqual([409, 'tenants.deleted']);
  });

  it('cannot lock itself out', async () => {
    expect(code(await ask('DELETE', `${tenants}/house`, operator))).toEqual([409, 'tenants.own']);
  });

  it('finds a tenant that was in use before tenants were recorded', async () => {
    await database
      .connect()
      .query(
        `insert into access.tenants (id, state, quotas, revision, created_at, updated_at) values ('old', 'active', $1, -1, now(), now())`,
        [noLimit],
      );
    expect((await ask('POST', `${tenants}/old:suspend`, operator)).body['state']).toBe('suspended');
    expect((await eventsOf('tenant-old.old')).map(({ type }) => type)).toEqual(['TENANT_CREATED', 'TENANT_SUSPENDED']);
  });
});

describe('a limit', () => {
  it('of a key is told with every answer, and by 429 with the time to come back', async () => {
    const { secret } = await host.keys.create({
      tenant: 'house',
      name: 'slow',
      scopes: ['decisions:write' as const],
      requestsPerSecond: 2,
    });
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await ask('POST', '/tellings', secret, {}));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual([
      '"key";r=1;t=1',
      '"key";r=0;t=1',
      '"key";r=0;t=1',
    ]);
    expect([code(answers[2]!)[1], answers[2]!.headers.get('retry-after')]).toEqual(['access.rate-limited', '1']);
    expect(answers[0]!.headers.get('ratelimit-policy')).toBe('"key";q=2;w=1');
    clock.advance(500);
    expect((await ask('POST', '/tellings', secret, {})).status).toBe(200);
  });

  it('is not told, and does not exist, where nobody set one', async () => {
    const { headers } = await ask('POST', '/tellings', operator, {});
    expect(headers.get('ratelimit')).toBeNull();
  });

  it('of a tenant covers all of its keys, and no other tenant', async () => {
    const key = await newTenant('acme');
    const { body } = await ask('POST', createApiKey.path, key, { name: 'second', scopes: ['decisions:write'] });
    const second = String(body['secret']);
    await ask('PUT', `${tenants}/acme/quotas`, operator, { ...noLimit, decisions_per_second: 1 });
    expect((await ask('POST', '/tellings', key, {})).status).toBe(200);
    const refused = await ask('POST', '/tellings', second, {});
    expect([...code(refused), refused.headers.get('retry-after')]).toEqual([429, 'quotas.exceeded', '1']);
    expect((await ask('POST', '/tellings', operator, {})).status).toBe(200);
    // Looking the quota up again gives nothing back.
    clock.advance(500);
    host.keys.forget('acme');
    expect((await ask('POST', '/tellings', key, {})).status).toBe(429);
    clock.advance(500);
    expect((await ask('POST', '/tellings', key, {})).status).toBe(200);
  });
});

describe('what is done in administration', () => {
  it('by the operator to a tenant stands in the record of the tenant too, as the operator’s', async () => {
    await newTenant('operated');
    const [requested] = await eventsOf('tenant-operated.administration');
    expect(JSON.parse(requested!.json)).toMatchObject({
      action: 'tenants.create-api-key',
      actor: 'operator',
      key_id: operator.split('_')[1],
    });
    const own = await eventsOf('tenant-house.administration');
    const last = JSON.parse(own.at(-1)!.json) as object;
    expect(last).toMatchObject({ action: 'tenants.create-api-key', actor: 'tenant' });
  });

  it('is on record before it is done: who, what, from where; what it causes names the record', async () => {
    const key = await newTenant('recorded');
    const made = await ask('POST', createApiKey.path, key, { name: 'agent', scopes: ['decisions:write'] });
    const administration = await eventsOf('tenant-recorded.administration');
    const requested = administration.find(({ json }) => json.includes('"api-keys.create"'));
    expect(JSON.parse(requested!.json)).toMatchObject({
      action: 'api-keys.create',
      key_id: key.split('_')[1],
      address: '127.0.0.1',
      method: 'POST',
      path: createApiKey.path,
      request_id: made.headers.get('x-request-id'),
    });
    const created = (await eventsOf('tenant-recorded.recorded')).at(-1)!;
    expect([created.type, created.causationId]).toEqual(['API_KEY_CREATED', requested!.id]);
    const stored = JSON.stringify(
      await eventsOf('tenant-recorded.recorded').then((all) => all.map(({ json }) => json)),
    );
    expect(stored).not.toContain(String(made.body['secret']).slice(-43));
  });

  it('is on record when it was refused, too', async () => {
    const key = await newTenant('refusing');
    expect((await ask('POST', '/tellings/1', key, {})).status).toBe(404);
    const refused = (await eventsOf('tenant-refusing.administration')).at(-1);
    expect([refused!.type, JSON.parse(refused!.json)]).toEqual([
      'ADMINISTRATION_REFUSED',
      {
        action: 'tellings.refuse',
        key_id: key.split('_')[1],
        address: '127.0.0.1',
        status: 404,
        code: 'access.no-such-key',
      },
    ]);
  });

  it('is what its route says of a request', async () => {
    const key = await newTenant('reading');
    await ask('GET', '/tellings', key);
    await ask('GET', '/tellings?all', key);
    const events = await eventsOf('tenant-reading.administration');
    expect(events.map(({ json }) => (JSON.parse(json) as { action: string }).action)).toEqual([
      'tenants.create-api-key',
      'tellings.export',
    ]);
  });
});

describe('an answer that goes on', () => {
  it('breaks off when the key that it was asked for with is revoked', async () => {
    const { key, secret } = await host.keys.create({ tenant: 'house', name: 'passing', scopes: ['decisions:write'] });
    const response = await fetch(`${host.url}${endless.path}`, { headers: { authorization: `Bearer ${secret}` } });
    const reader = response.body!.getReader();
    expect((await reader.read()).done).toBe(false);
    await host.keys.revoke('house', key.id);
    const toTheEnd = async () => {
      while (!(await reader.read()).done);
    };
    await expect(toTheEnd()).rejects.toThrow();
  });
});

// The last: from then on refused keys of this address are answered otherwise.
describe('an address that sends refused keys', () => {
  it('is told to wait with each further one, while good keys go on working, also one that is new here', async () => {
    const fresh = await host.keys.create({ tenant: 'house', name: 'fresh', scopes: ['decisions:write'] });
    const wrong = (n: number) => `rt_${String(n).padStart(12, '0')}_${'A'.repeat(43)}`;
    const answers = [];
    for (let n = 0; n < 5; n++) answers.push(await ask('POST', '/tellings', wrong(n), {}));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429]);
    expect(answers[4]!.headers.get('retry-after')).toBe('1');
    expect((await ask('POST', '/tellings', operator, {})).status).toBe(200);
    expect((await ask('POST', '/tellings', fresh.secret, {})).status).toBe(200);
  });
});
