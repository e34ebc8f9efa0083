import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { agentEndpoints, urlOf } from '@retort/contracts';
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
  async build(context) {
    const agent = defineAgent<{ dry: number; slowly: boolean }, { water: number; slowly: boolean }>({
      name: 'gardener',
      perceive: async ({ input }) => ({ dry: 3, slowly: input.slowly === true }),
      decide: ({ dry, slowly }) => ({ decision: { water: dry, slowly }, why: `${dry} beds are dry` }),
      async act({ water, slowly }, { signal, progress }) {
        progress({ fraction: 0.5, step: 'watering' });
        if (slowly) await once(signal, 'abort');
        signal.throwIfAborted();
        return { watered: water };
      },
    });
    const hosted = hostAgent(agent, { context, pollMs: 20 });
    await hosted.prepare();
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
    expect(await started.read(gardener.get, { params: { run_id: id } })).toMatchObject({
      trigger: 'manual',
      perception: { dry: 3 },
      why: '3 beds are dry',
      outcome: { watered: 3 },
    });
  });

  it('is watched while it runs, step by step to its end, and cancelled', async () => {
    const tenant = 'initech';
    await started.call(gardener.trigger, { tenant, body: { input: { slowly: true } } });
    const run_id = await until('it acts', async () => {
      const { data } = await started.read(gardener.list, { tenant });
      return data[0]?.progress.step === 'watering' && data[0].id;
    });
    const watched = started.send(urlOf(gardener.events, { params: { run_id } }), { tenant });
    const elsewhere = await started.call(gardener.cancel, { params: { run_id } });
    expect(elsewhere.problem).toMatchObject({ status: 404 });
    expect((await started.call(gardener.cancel, { tenant, params: { run_id } })).status).toBe(200);
    const seen = await (await watched).text();
    expect([...seen.matchAll(/^event: (\w+)$[^]*?"(?:step|state)":"(\w+)"/gm)].map(([, ...of]) => of)).toEqual([
      ['progress', 'perceive'],
      ['progress', 'act'],
      ['progress', 'watering'],
      ['progress', 'cancelled'],
      ['done', 'cancelled'],
    ]);
    expect(await started.read(gardener.get, { tenant, params: { run_id } })).toMatchObject({
      state: 'cancelled',
      decision: { water: 3 },
      outcome: null,
    });
  });

  it('hides the runs of one tenant from another', async () => {
    const { data } = await started.read(gardener.list);
    const tenant = 'globex';
    expect((await started.call(gardener.get, { params: { run_id: data[0]!.id }, tenant })).status).toBe(404);
    expect((await started.read(gardener.list, { tenant })).data).toEqual([]);
    const { next_cursor: cursor } = await started.read(gardener.list, { query: { limit: 1 } });
    const stolen = await started.call(gardener.list, { query: { cursor: cursor! }, tenant });
    expect(stolen.problem).toMatchObject({ status: 400, type: '/errors#agents.cursor-mismatch' });
  });
});
