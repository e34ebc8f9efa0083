import type { Scope } from '@retort/contracts';
import type { NewEvent } from '@retort/event-store';
import { digestOfJson, newId } from '@retort/kernel';
import {
  connectInfrastructure,
  createLogger,
  hostServices,
  infrastructureConfig,
  type Infrastructure,
} from '@retort/service-kit';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { service } from '../src/service.ts';

export interface TestHost {
  url: string;
  database: TestDatabase;
  infrastructure: Infrastructure;
  get<Body = Record<string, unknown>>(path: string, tenant?: string, init?: RequestInit): Promise<Answer<Body>>;
  /** A new key's secret. */
  key(tenant: string, scopes: Scope[]): Promise<string>;
  /** Appends events to their streams and waits until the projection knows them. */
  record(...events: NewEvent[]): Promise<void>;
  close(): Promise<void>;
}
export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
  text: string;
}

const scopes: Scope[] = ['decisions:read', 'admin', 'platform:operate'];

/** The service behind the real host, on the run's Postgres. */
export async function startProjection(): Promise<TestHost> {
  const database = await testDatabase();
  const folder = await temporaryFolder('projection');
  const log = createLogger({ level: 'silent' });
  const config = infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder.path, drainDelayMs: 0 });
  const infrastructure = await connectInfrastructure(config, log);
  const host = await hostServices({
    services: [service],
    infrastructure,
    listen: { host: '127.0.0.1', port: 0 },
    settings: {},
    env: {},
    log,
  });
  const keys = new Map<string, string>();
  for (const tenant of ['acme', 'globex'])
    keys.set(tenant, (await host.keys.create({ tenant, name: 'test', scopes })).secret);
  const get: TestHost['get'] = async <Body>(path: string, tenant = 'acme', init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${keys.get(tenant)}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${host.url}${path}`, { ...init, headers });
    const text = await response.text();
    const json =
      response.headers.get('content-type')?.includes('json') &&
      !response.headers.get('content-type')?.includes('ndjson');
    return { status: response.status, headers: response.headers, text, body: (json ? JSON.parse(text) : {}) as Body };
  };
  return {
    url: host.url,
    database,
    infrastructure,
    get,
    key: async (tenant, carried) => (await host.keys.create({ tenant, name: 'other', scopes: carried })).secret,
    async record(...events) {
      for (const event of events)
        await infrastructure.events.append({ stream: streamOf(event), expected: 'any', events: [event] });
      await until('the projection to catch up', async () => {
        const { body } = await get<{ data: { caught_up: boolean }[] }>('/api/v1/projections');
        return body.data.every(({ caught_up }) => caught_up);
      });
    },
    async close() {
      await host.close();
      await infrastructure.close();
      await database.drop();
      await folder.remove();
    },
  };
}

export const tools = [{ name: 'get_balance', parameters: { type: 'object' } }, { name: 'help' }];
export const toolset = digestOfJson(tools);

export const streamOf = (event: NewEvent) => `${event.aggregateType}-${event.tenant}.${event.aggregateId}`;

interface Members {
  tenant?: string;
  version?: number;
  occurredAt?: string;
  json?: string;
}

export function event(type: string, aggregateId: string, data: unknown, members: Members = {}): NewEvent {
  return {
    id: newId(),
    type,
    version: 1,
    tenant: 'acme',
    aggregateType: type === 'TOOLSET_REGISTERED' ? 'toolset' : 'agent',
    aggregateId,
    occurredAt: '2026-01-01T00:00:00.000Z',
    causationId: null,
    correlationId: 'test',
    json: JSON.stringify(data),
    ...members,
  };
}

export function decided(id: string, changes: Record<string, unknown> = {}, members: Members = {}): NewEvent {
  const data = {
    id,
    agent_id: 'loan',
    context: { query: id },
    toolset,
    tool_selected: 'get_balance',
    tool_parameters: { account: '42' },
    ...changes,
  };
  return event('AGENT_TOOL_SELECTED', data.agent_id, data, members);
}

export const reported = (id: string, outcome: Record<string, unknown>, members: Members = {}) =>
  event(
    'DECISION_OUTCOME_REPORTED',
    'loan',
    { decision_id: id, outcome, reported_at: '2026-01-02T00:00:00.000Z' },
    members,
  );

export const registered = (members: Members = {}) =>
  event('TOOLSET_REGISTERED', toolset.slice(7), { toolset, tools, name: 'balances' }, members);
