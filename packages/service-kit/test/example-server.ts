import type { AddressInfo } from 'node:net';
import { endpoint } from '@retort/contracts';
import { migrateEventStore, postgresEventStore } from '@retort/event-store';
import { fault, newId } from '@retort/kernel';
import { fakeClock, testDatabase } from '@retort/testing';
import { migrate } from '@retort/postgres';
import { z } from 'zod';
import { apiKeys, createLogger, mount, type Routes } from '../src/index.ts';
import { newToken } from '../src/access/token.ts';
import { audit } from '../src/access/audit.ts';
import { limits } from '../src/access/limits.ts';
import { apiKeyRoutes } from '../src/access/routes.ts';
import { healthRoutes } from '../src/http/health.ts';
import { hostMetrics } from '../src/http/metrics.ts';
import { describeApi } from '../src/http/openapi.ts';
import { createServer } from '../src/http/server.ts';
import { mountService } from '../src/host/mount.ts';

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

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}
/** A server with two services: routes that show what the kit does with a request, and those of API keys. */
export async function startExample() {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
  const clock = fakeClock('2026-03-01T12:00:00Z');
  const serviceKey = newToken();
  let broken: string | null = null;
  const database = await testDatabase();
  const folder = new URL('../migrations/access/', import.meta.url);
  await migrate({ target: database.url, schema: 'access', folder });
  const eventDatabase = database.connect();
  await migrateEventStore(eventDatabase);
  const record = { events: postgresEventStore({ db: eventDatabase }), clock: clock.now, newId };
  const keys = apiKeys({ ...record, database: database.connect(), serviceKey });
  const access = { keys, limits: limits({ clock: clock.now }), now: () => clock.now().getTime() };
  const recorder = audit(record);
  const metrics = hostMetrics();
  const app = createServer({ log, access, audit: recorder, metrics, bodyLimit: 2_000 });
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
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const admin = (await keys.bootstrap('acme'))!.secret;
  const ask = async (
    method: string,
    path: string,
    options: { key?: string | null; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
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
  };

  return {
    url,
    keys,
    clock,
    database,
    serviceKey,
    lines,
    ask,
    /** A server without a route, with the same access. */
    another: () => createServer({ log, access, audit: recorder, metrics: hostMetrics() }),
    /** Of the last request. */
    lastLine: () => JSON.parse(lines.at(-1)!) as Record<string, unknown>,
    /** Lets the readiness of a service fail for a reason. */
    breakFor: (reason: string | null) => (broken = reason),
    async close() {
      await app.close();
      await database.drop();
    },
  };
}
export type Example = Awaited<ReturnType<typeof startExample>>;

/** What `POST /decisions:batch` takes. */
export const good = { agent_id: 'loan', tools: [{ name: 'pay' }] };
