import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { agentEndpoints } from '@retort/contracts';
import { defineService } from '@retort/service-kit';
import { startService, type StartedService } from '@retort/service-testing';
import { until } from '@retort/testing';
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

let started: StartedService;
beforeAll(async () => {
  started = await startService(service);
});
afterAll(() => started.close());

describe('an agent over HTTP', () => {
  it('is triggered by hand and shows what it did and why, a page at a time', async () => {
    for (let n = 1; n <= 3; n++) {
      expect((await started.call(gardener.trigger)).status).toBe(202);
      await until('it ran', async () => {
        const { data } = await started.read(gardener.list);
        return data.length === n && data.every(({ state }) => state === 'succeeded');
      });
    }
    const first = await started.call(gardener.list, { query: { limit: 2 } });
    expect([first.body.data.length, first.body.has_more]).toEqual([2, true]);
    const cursor = new URL(/<([^>]+)>; rel="next"/.exec(first.headers.get('link')!)![1]!, started.host.url)
      .searchParams;
    const second = await started.call(gardener.list, { query: { limit: 2, cursor: cursor.get('cursor')! } });
    expect([second.body.data.length, second.body.has_more, second.headers.get('link')]).toEqual([1, false, null]);
    const { id } = second.body.data[0]!;
    expect(await started.read(gardener.get, { params: { id } })).toMatchObject({
      trigger: 'manual',
      perception: { dry: 3 },
      why: '3 beds are dry',
      outcome: { watered: 3 },
    });
  });

  it('hides the runs of one tenant from another', async () => {
    const { data } = await started.read(gardener.list);
    const tenant = 'globex';
    expect((await started.call(gardener.get, { params: { id: data[0]!.id }, tenant })).status).toBe(404);
    expect((await started.read(gardener.list, { tenant })).data).toEqual([]);
    const { next_cursor: cursor } = await started.read(gardener.list, { query: { limit: 1 } });
    const stolen = await started.call(gardener.list, { query: { cursor: cursor! }, tenant });
    expect(stolen.problem).toMatchObject({ status: 400, type: 'urn:retort:problem:agents.cursor-mismatch' });
  });
});
