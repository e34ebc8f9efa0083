import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { agentEndpoints, urlOf } from '@retort/contracts';
import {
  connectInfrastructure,
  createLogger,
  defineService,
  hostServices,
  infrastructureConfig,
} from '@retort/service-kit';
import { testDatabase, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { agentRoutes, defineAgent, hostAgent } from '../src/index.ts';

const gardener = agentEndpoints('gardener', { owner: 'curation', read: 'products:read', trigger: 'curation:run' });

const service = defineService({
  name: 'gardening',
  config: z.object({}),
  migrations: pathToFileURL(join(import.meta.dirname, 'migrations/')),
  build: (context) => {
    const agent = defineAgent<{ dry: number }, { water: number }>({
      name: 'gardener',
      perceive: async () => ({ dry: 3 }),
      decide: ({ dry }) => ({ decision: { water: dry }, why: `${dry} beds are dry` }),
      act: async ({ water }) => ({ watered: water }),
    });
    const hosted = hostAgent(agent, { context, pollMs: 20 });
    return {
      routes: (app) => agentRoutes(app, hosted, gardener),
      loops: [hosted.loop],
    };
  },
});

const closing: (() => Promise<unknown>)[] = [];
let ask: (
  method: string,
  path: string,
  tenant?: 'acme' | 'globex',
) => Promise<{ status: number; link: string | null; body: Record<string, unknown> }>;

beforeAll(async () => {
  const log = createLogger({ level: 'silent' });
  const folder = await mkdtemp(join(tmpdir(), 'retort-agents-'));
  const database = await testDatabase();
  const config = infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder, drainDelayMs: 0 });
  const infrastructure = await connectInfrastructure(config, log);
  const listen = { host: '127.0.0.1', port: 0 };
  const host = await hostServices({ services: [service], infrastructure, listen, env: {}, log });
  closing.push(
    () => host.close(),
    () => infrastructure.close(),
    () => database.drop(),
    () => rm(folder, { recursive: true, force: true }),
  );
  const secrets = {
    acme: (await host.keys.bootstrap('acme'))!.secret,
    globex: (await host.keys.bootstrap('globex'))!.secret,
  };
  ask = async (method, path, tenant = 'acme') => {
    const headers = { authorization: `Bearer ${secrets[tenant]}` };
    const answer = await fetch(new URL(path, host.url), { method, headers });
    return {
      status: answer.status,
      link: answer.headers.get('link'),
      body: (await answer.json()) as Record<string, unknown>,
    };
  };
});
afterAll(async () => {
  for (const close of closing) await close();
});

interface Row {
  id: string;
  state: string;
  why: string;
}
const rowsOf = (body: Record<string, unknown>) => body['data'] as Row[];

describe('an agent over HTTP', () => {
  it('is triggered by hand and shows what it did and why, a page at a time', async () => {
    for (let n = 1; n <= 3; n++) {
      expect((await ask('POST', gardener.trigger.path)).status).toBe(202);
      await until('it ran', async () => {
        const rows = rowsOf((await ask('GET', gardener.list.path)).body);
        return rows.length === n && rows.every(({ state }) => state === 'succeeded');
      });
    }
    const first = await ask('GET', `${gardener.list.path}?limit=2`);
    expect([rowsOf(first.body).length, first.body['has_more']]).toEqual([2, true]);
    const next = /<([^>]+)>; rel="next"/.exec(first.link!)![1]!;
    const second = await ask('GET', next);
    expect([rowsOf(second.body).length, second.body['has_more'], second.link]).toEqual([1, false, null]);
    const { id } = rowsOf(second.body)[0]!;
    const run = await ask('GET', urlOf(gardener.get, { params: { id: String(id) } }));
    expect(run.body).toMatchObject({
      trigger: 'manual',
      perception: { dry: 3 },
      why: '3 beds are dry',
      outcome: { watered: 3 },
    });
  });

  it('hides the runs of one tenant from another', async () => {
    const [run] = rowsOf((await ask('GET', gardener.list.path)).body);
    expect((await ask('GET', urlOf(gardener.get, { params: { id: String(run!.id) } }), 'globex')).status).toBe(404);
    expect(rowsOf((await ask('GET', gardener.list.path, 'globex')).body)).toEqual([]);
    const cursor = /cursor=([^&>]+)/.exec((await ask('GET', `${gardener.list.path}?limit=1`)).link!)![1]!;
    const stolen = await ask('GET', `${gardener.list.path}?cursor=${cursor}`, 'globex');
    expect([stolen.status, stolen.body['type']]).toEqual([400, 'urn:retort:problem:agents.cursor-mismatch']);
  });
});
