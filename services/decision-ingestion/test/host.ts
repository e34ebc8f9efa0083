import type { RecordedEvent } from '@retort/event-store';
import { unlimited, type Scope } from '@retort/contracts';
import type { Infrastructure } from '@retort/service-kit';
import { startService, type StartOptions } from '@retort/service-testing';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { service } from '../src/service.ts';
import { openGate, type Gate } from './gate.ts';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface TestHost {
  url: string;
  database: TestDatabase;
  /** What stands between the service and its database. */
  gate: Gate;
  infrastructure: Infrastructure;
  /** A key of the tenant; all scopes unless some are named. */
  key(tenant: string, scopes?: readonly Scope[]): Promise<string>;
  /** Decisions a second that a tenant may record. */
  setQuota(tenant: string, perSecond: number): Promise<void>;
  post(path: string, body: unknown, options?: PostOptions): Promise<Answer>;
  events(): Promise<RecordedEvent[]>;
  close(): Promise<void>;
}

export interface PostOptions {
  key?: string;
  headers?: Record<string, string>;
}

/** The service behind the real host, on the run's Postgres. Without a key of its own a request comes from `acme`. */
export async function startIngestion(
  settings: Record<string, unknown> = {},
  options: Pick<StartOptions, 'infrastructure' | 'log'> = {},
): Promise<TestHost> {
  const database = await testDatabase();
  const gate = await openGate(database.url);
  const { host, infrastructure, close } = await startService(service, {
    ...options,
    settings,
    database: { ...database, url: gate.url },
  });
  const key = async (tenant: string, scopes: readonly Scope[] = ['decisions:write', 'decisions:read']) =>
    (await host.keys.create({ tenant, name: 'test', scopes })).secret;
  const acme = await key('acme');
  return {
    url: host.url,
    database,
    gate,
    infrastructure,
    key,
    async setQuota(tenant, perSecond) {
      const quotas = { ...unlimited, decisions_per_second: perSecond };
      await host.tenants.handle(
        { type: 'create', tenant, name: null, quotas },
        { correlationId: 't', causationId: null },
      );
      host.keys.forget(tenant);
    },
    async post(path, body, options = {}) {
      const response = await fetch(`${host.url}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${options.key ?? acme}`,
          'content-type': 'application/json',
          ...options.headers,
        },
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      };
    },
    events: () => collected(infrastructure.events.readAll({ filter: { streamPrefixes: ['agent-', 'toolset-'] } })),
    async close() {
      await close();
      await gate.shut();
      await database.drop();
    },
  };
}

export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
