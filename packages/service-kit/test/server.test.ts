import { connect, type AddressInfo } from 'node:net';
import { createApiKey, endpoint, revokeApiKey, scopes, urlOf } from '@retort/contracts';
import { migrateEventStore, postgresEventStore } from '@retort/event-store';
import { fault, newId } from '@retort/kernel';
import { fakeClock, testDatabase, type TestDatabase } from '@retort/testing';
import { migrate } from '@retort/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { apiKeys, createLogger, mount, type ApiKeys, type Routes } from '../src/index.ts';
import { newToken } from '../src/access/token.ts';
import { audit, type Audit } from '../src/access/audit.ts';
import type { Access } from '../src/access/authenticate.ts';
import { limits } from '../src/access/limits.ts';
import { apiKeyRoutes } from '../src/access/routes.ts';
import { healthRoutes } from '../src/http/health.ts';
import { hostMetrics } from '../src/http/metrics.ts';
import { describeApi } from '../src/http/openapi.ts';
import { createServer } from '../src/http/server.ts';
import { mountService } from '../src/host/mount.ts';

const lines: string[] = [];
const log = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
/** Of the last request. */
const lastLine = () => JSON.parse(lines.at(-1)!) as Record<string, unknown>;
const clock = fakeClock('2026-03-01T12:00:00Z');
const serviceKey = newToken();
let database: TestDatabase;
let keys: ApiKeys;
let access: Access;
let recorder: Audit;
let app: Routes;
let url: string;
let admin: string;
let broken: string | null = null;

const common = { owner: 'decision-ingestion', summary: 'An example', errors: [] } as const;
const traceView = z.object({ correlationId: z.string(), causationId: z.string().nullable() });
const recordBatch = endpoint({
  ...common,
  id: 'recordBatch',
  method: 'POST',
  path: '/decisions:batch',
  scope: 'decisions:write',
  body: z.object({ agent_id: z.string(), tools: z.array(z.object({ name: z.string().min(1) })) }),
  response: { 200: z.object({ tenant: z.string(), trace: traceView }) },
});
const cancelRun = endpoint({
  ...common,
  id: 'cancelRun',
  method: 'POST',
  path: '/runs/{id}:cancel',
  scope: 'decisions:write',
  params: z.object({ id: z.string() }),
  response: { 200: z.object({ cancelled: z.string() }) },
});
const readDecisions = endpoint({
  ...common,
  id: 'readDecisions',
  method: 'GET',
  path: '/decisions',
  scope: 'decisions:read',
  query: z.object({ limit: z.coerce.number().int() }),
  response: { 200: z.object({ limit: z.int() }) },
});
const open = { ...common, scope: 'public', response: { 200: z.null() } } as const;
const busy = endpoint({ ...open, id: 'busy', method: 'GET', path: '/busy' });
const defective = endpoint({ ...open, id: 'defective', method: 'GET', path: '/broken' });
const complete = endpoint({ ...open, id: 'complete', method: 'POST', path: '/v1/chat/completions' });

const decisionRoutes = (routes: Routes) => {
  mount(routes, recordBatch, ({ caller: { tenant }, trace }) => ({ tenant, trace }));
  mount(routes, cancelRun, ({ params }) => ({ cancelled: params.id }));
  mount(routes, readDecisions, ({ query }) => query);
  mount(routes, busy, () => {
    throw fault('decisions.overloaded', { public: 'Later.', retryAfter: 2.2 });
  });
  mount(routes, defective, () => {
    throw new Error('password is hunter2');
  });
  mount(routes, complete, () => {
    throw fault('decisions.id-conflict', { public: 'Twice.' });
  });
};

beforeAll(async () => {
  database = await testDatabase();
  const folder = new URL('../migrations/access/', import.meta.url);
  await migrate({ target: database.url, schema: 'access', folder });
  const eventDatabase = database.connect();
  await migrateEventStore(eventDatabase);
  const record = { events: postgresEventStore({ db: eventDatabase }), clock: clock.now, newId };
  keys = apiKeys({ ...record, database: database.connect(), serviceKey });
  access = { keys, limits: limits({ clock: clock.now }), now: () => clock.now().getTime() };
  recorder = audit(record);
  const metrics = hostMetrics();
  app = createServer({ log, access, audit: recorder, metrics, bodyLimit: 2_000 });
  describeApi(app, { title: 'Test', version: '1' });
  await mountService(app, { name: 'decision-ingestion', log, routes: decisionRoutes });
  await mountService(app, { name: 'access', log, routes: (routes) => apiKeyRoutes(routes, keys) });
  healthRoutes(app, {
    metrics,
    unavailable: () => null,
    checks: () => ({
      'decision-ingestion': {
        loop: async () => {
          if (broken !== null) throw new Error(broken);
        },
      },
    }),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  admin = (await keys.bootstrap('acme'))!.secret;
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}
async function ask(
  method: string,
  path: string,
  options: { key?: string | null; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { key = admin, body, headers = {} } = options;
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}
const good = { agent_id: 'loan', tools: [{ name: 'pay' }] };

describe('bad input', () => {
  it('is answered with a problem that names every wrong field by its pointer', async () => {
    const { status, headers, body } = await ask('POST', '/decisions:batch', {
      body: { tools: [{ name: '' }, {}] },
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({
      type: '/errors#request.invalid-body',
      title: 'Invalid body',
      status: 400,
      instance: '/decisions:batch',
    });
    expect((body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/agent_id',
      '/tools/0/name',
      '/tools/1/name',
    ]);
    expect(body['request_id']).toBe(headers.get('x-request-id'));
  });

  it.each([
    ['malformed JSON', '{"a":', {}, 400, 'request.malformed-json'],
    ['a body over the limit', JSON.stringify({ agent_id: 'x'.repeat(3000) }), {}, 413, 'request.body-too-large'],
    [
      'another content type',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'request.unsupported-media-type',
    ],
    ['plain text', 'hello', { 'content-type': 'text/plain' }, 415, 'request.unsupported-media-type'],
    ['a nesting of 950 levels', '['.repeat(950) + ']'.repeat(950), {}, 422, 'request.body-too-deep'],
    ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, 'request.unsupported-content-encoding'],
    ['a number that is none', '{"agent_id": "a", "tools": [{"name": 1e999}]}', {}, 400, 'request.invalid-body'],
    ['an attack on the prototype', '{"__proto__": {"a": 1}}', {}, 400, 'request.malformed-json'],
  ])('%s gets its own problem', async (_what, body, headers, status, code) => {
    const answer = await ask('POST', '/decisions:batch', { body, headers });
    expect([answer.status, answer.body['type']]).toEqual([status, `/errors#${code}`]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('in the query string is named as in a body', async () => {
    const { status, body } = await ask('GET', '/decisions?limit=x');
    expect([status, body['type'], (body['errors'] as { pointer: string }[])[0]?.pointer]).toEqual([
      400,
      '/errors#request.invalid-query',
      '/limit',
    ]);
  });

  it('with a number that no text of JSON can hold is told where', async () => {
    const numbers = [1e308, '-1e400', `1${'0'.repeat(309)}`];
    for (const number of numbers) {
      const { body } = await ask('POST', '/decisions:batch', { body: `{"agent_id": "a", "a/b": [0, ${number}]}` });
      const pointers = (body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
      expect(pointers).toEqual([number === 1e308 ? '/tools' : '/a~1b/1']);
    }
  });

  it.each(['NONSENSE\r\n\r\n', 'GET /decisions HTTP/1.1\r\nconnection: close\r\n\r\n'])(
    'that is no HTTP still gets a problem: %j',
    async (request) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      const answer = await new Promise<string>((resolve, reject) => {
        let text = '';
        socket
          .on('data', (piece) => (text += String(piece)))
          .on('close', () => resolve(text))
          .on('error', reject);
        socket.write(request);
      });
      expect(answer).toContain('HTTP/1.1 400');
      expect(answer).toContain('application/problem+json');
      expect(answer).toContain('request.malformed');
    },
  );

  it('an unknown path is 404, a known one with another method 405 and says which it takes', async () => {
    expect((await ask('GET', '/nowhere')).status).toBe(404);
    const wrong = await ask('PUT', '/decisions');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await ask('DELETE', '/runs/a:cancel')).headers.get('allow')).toBe('POST');
    for (const body of [undefined, {}]) {
      const options = { key: null, ...(body && { body }) };
      expect((await ask('QUERY', '/decisions', options)).status).toBe(405);
      expect((await ask('QUERY', '/nowhere', options)).status).toBe(404);
    }
  });
});

describe('a failure', () => {
  it('is explained where its type leads, which needs no key', async () => {
    const { body } = await ask('GET', '/nowhere', { key: null });
    const [path, code] = String(body['type']).split('#');
    const page = await fetch(`${url}${path}`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain(`<dt id="${code}">`);
  });

  it('does not leak internals', async () => {
    const { status, body } = await ask('GET', '/broken', { key: null });
    expect([status, body['type']]).toEqual([500, '/errors#internal']);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('says when to come back', async () => {
    const { status, headers } = await ask('GET', '/busy', { key: null });
    expect([status, headers.get('retry-after')]).toEqual([503, '3']);
    expect(lastLine()).toMatchObject({ code: 'decisions.overloaded', status: 503 });
    expect(lastLine()).not.toHaveProperty('err');
  });

  it('that more requests meet is said once', async () => {
    await ask('GET', '/busy', { key: null });
    const before = lines.length;
    for (let time = 0; time < 5; time++) expect((await ask('GET', '/busy', { key: null })).status).toBe(503);
    expect(lines).toHaveLength(before);
  });

  it('on the OpenAI paths also carries the member that its clients read, and keeps them from retrying a conflict', async () => {
    const { headers, body } = await ask('POST', '/v1/chat/completions', { key: null, body: {} });
    expect(body).toMatchObject({ status: 409, error: { message: 'Twice.', code: 'decisions.id-conflict' } });
    expect(headers.get('x-should-retry')).toBe('false');
  });
});

describe('a caller', () => {
  it('that is refused stands in the log with address, key and tenant, as far as they are known', async () => {
    await ask('GET', '/decisions?limit=1', { key: null });
    expect(lastLine()).toMatchObject({ status: 401, address: '127.0.0.1' });
    const { key, secret } = await keys.create({ tenant: 'acme', name: 'writer', scopes: ['decisions:write'] });
    await ask('GET', '/decisions?limit=1', { key: secret });
    expect(lastLine()).toMatchObject({ status: 403, address: '127.0.0.1', key_id: key.id, tenant: 'acme' });
    await keys.revoke('acme', key.id);
    await ask('GET', '/decisions?limit=1', { key: secret });
    expect(lastLine()).toMatchObject({ status: 401, address: '127.0.0.1', key_id: key.id, tenant: 'acme' });
    expect(lines.join('')).not.toContain(secret.slice(20));
  });

  it('gets no key that would have expired before it was made', async () => {
    const answer = await ask('POST', createApiKey.path, {
      body: { name: 'late', scopes: ['decisions:read'], expires_at: '2026-03-01T11:59:59Z' },
    });
    expect([answer.status, answer.body['type']]).toEqual([422, '/errors#access.expiry-past']);
  });

  it('is refused without a key, with a wrong one, an expired one, a revoked one', async () => {
    const { key, secret } = await keys.create({
      tenant: 'acme',
      name: 'short',
      scopes: [...scopes],
      expiresAt: new Date('2026-03-01T12:00:10Z'),
    });
    const other = await keys.create({ tenant: 'acme', name: 'gone', scopes: [...scopes] });
    expect((await ask('GET', '/decisions?limit=1', { key: secret })).status).toBe(200);
    clock.advance(11_000);
    expect(
      (await ask('DELETE', urlOf(revokeApiKey, { params: { id: other.key.id } }))).body['revoked_at'],
    ).not.toBeNull();
    const forged = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
    const codes = await Promise.all(
      [null, 'rt_nonsense', forged, secret, other.secret].map(async (tried) => {
        const { status, body } = await ask('GET', '/decisions?limit=1', { key: tried });
        return [status, body['detail']];
      }),
    );
    expect(codes.map(([status]) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(codes.map(([, detail]) => detail).slice(1)).toEqual([
      'This API key is not known.',
      'This API key is not known.',
      'This API key has expired.',
      'This API key was revoked.',
    ]);
    expect(key.id).not.toContain(secret);
  });

  it('needs the scope of the route', async () => {
    const { secret } = await keys.create({ tenant: 'acme', name: 'reader', scopes: ['decisions:read'] });
    expect((await ask('GET', '/decisions?limit=1', { key: secret })).status).toBe(200);
    const refused = await ask('POST', '/decisions:batch', { key: secret, body: good });
    expect([refused.status, refused.body['type']]).toEqual([403, '/errors#access.scope-missing']);
  });

  it('acts for its own tenant, whatever it claims; a service names the tenant it acts for', async () => {
    const tenant = { 'x-retort-tenant': 'globex' };
    expect((await ask('POST', '/decisions:batch', { body: good })).body['tenant']).toBe('acme');
    expect((await ask('POST', '/decisions:batch', { body: good, headers: tenant })).status).toBe(403);
    const asService = await ask('POST', '/decisions:batch', {
      key: serviceKey.text,
      body: good,
      headers: tenant,
    });
    expect(asService.body['tenant']).toBe('globex');
    expect((await ask('POST', '/decisions:batch', { key: serviceKey.text, body: good })).status).toBe(400);
  });

  it('keeps its correlation id when it is fit to be one, and gets a new one otherwise', async () => {
    const kept = await ask('POST', '/decisions:batch', {
      body: good,
      headers: { 'x-correlation-id': 'loop-7' },
    });
    expect([kept.headers.get('x-correlation-id'), kept.body['trace']]).toEqual([
      'loop-7',
      { correlationId: 'loop-7', causationId: null },
    ]);
    const dropped = await ask('POST', '/decisions:batch', {
      body: good,
      headers: { 'x-correlation-id': 'a b"c' },
    });
    expect(dropped.headers.get('x-correlation-id')).toBe(dropped.headers.get('x-request-id'));
  });
});

describe('API keys', () => {
  it('show their secret once, and are stored without it', async () => {
    const made = await ask('POST', createApiKey.path, { body: { name: 'agent', scopes: ['decisions:write'] } });
    const secret = String(made.body['secret']);
    expect([made.status, made.headers.get('location')]).toEqual([
      201,
      urlOf(revokeApiKey, { params: { id: String(made.body['id']) } }),
    ]);
    expect((await ask('POST', '/decisions:batch', { key: secret, body: good })).status).toBe(200);
    expect(JSON.stringify((await ask('GET', createApiKey.path)).body)).not.toContain(secret);
    const { rows } = await database.connect().query('select * from access.api_keys');
    // The secret part may hold underscores itself: it is told by its length.
    expect(JSON.stringify(rows)).not.toContain(secret.slice(-43));
  });

  it('of another tenant do not exist', async () => {
    const { key } = await keys.create({ tenant: 'globex', name: 'theirs', scopes: ['admin'] });
    expect((await ask('DELETE', urlOf(revokeApiKey, { params: { id: key.id } }))).status).toBe(404);
    expect(JSON.stringify((await ask('GET', createApiKey.path)).body)).not.toContain(key.id);
  });

  it('are made at the first start only', async () => {
    expect(await keys.bootstrap('acme')).toBeNull();
  });
});

describe('a route', () => {
  it('that says neither scope nor public is refused when it is registered', () => {
    const fresh = createServer({ log, access, audit: recorder, metrics: hostMetrics() });
    expect(() => fresh.get('/open', () => 'x')).toThrow('names no scope');
  });

  it('whose path ends in an action takes the last colon literally', async () => {
    expect((await ask('POST', '/runs/r-1:cancel')).body).toEqual({ cancelled: 'r-1' });
  });

  it('stands in the OpenAPI document with its security, its service and its problems', async () => {
    const { body } = await ask('GET', '/openapi.json', { key: null });
    expect(body['openapi']).toBe('3.1.0');
    const paths = body['paths'] as Record<string, Record<string, Record<string, unknown>>>;
    const operation = paths['/decisions:batch']!['post']!;
    expect(operation).toMatchObject({
      operationId: 'recordBatch',
      tags: ['decision-ingestion'],
      security: [{ bearer: [] }, { apiKey: [] }],
    });
    expect(JSON.stringify(operation['responses'])).toContain('#/components/schemas/Problem');
    expect(JSON.stringify(operation['requestBody'])).toContain('agent_id');
    expect(Object.keys(paths)).toContain('/runs/{id}:cancel');
    expect(Object.keys(paths)).not.toContain('/readyz');
  });
});

describe('the probes', () => {
  it('say which part of which service is not ready, and nothing else', async () => {
    expect((await ask('GET', '/livez', { key: null })).status).toBe(200);
    expect((await ask('GET', '/readyz', { key: null })).status).toBe(200);
    broken = 'internal reason';
    const { status, body } = await ask('GET', '/readyz', { key: null });
    broken = null;
    expect([status, body['services']]).toEqual([503, { 'decision-ingestion': { loop: 'failed' } }]);
  });

  it('count requests by route pattern and service', async () => {
    await ask('POST', '/decisions:batch', { body: good });
    const text = String((await ask('GET', '/metrics', { key: null })).body['text']);
    expect(text).toMatch(
      /retort_http_request_duration_seconds_count\{[^}]*route="\/decisions:batch"[^}]*service="decision-ingestion"[^}]*\} \d+/,
    );
    expect(text.match(/# TYPE process_cpu_seconds_total counter/g)).toHaveLength(1);
    expect(text.match(/# TYPE retort_http_request_duration_seconds histogram/g)).toHaveLength(1);
  });
});
