import type { Endpoint } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { defineService, inProcess, mount } from '@retort/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startService, stub, type StartedService } from '../src/index.ts';

const common = {
  owner: 'inference',
  method: 'POST',
  scope: 'models:read',
  summary: 'Test',
  errors: [],
  body: z.strictObject({ n: z.int() }),
  response: { 200: z.strictObject({ answered: z.string() }) },
} as const satisfies Partial<Endpoint>;
const here = { ...common, id: 'here', path: '/test/here' } as const;
const elsewhere = { ...common, id: 'elsewhere', path: '/test/elsewhere' } as const;
const relay = { ...common, id: 'relay', path: '/test/relay' } as const;

const service = defineService({
  name: 'caller',
  config: z.object({}),
  build: ({ http }) => ({
    inProcess: [
      inProcess(here, ({ tenant, body: { n } }) => {
        if (n < 0) throw fault('model.unknown', { public: 'There is none.' });
        return { answered: `${tenant} ${n}, as a function` };
      }),
    ],
    routes(app) {
      mount(app, relay, async ({ caller, trace, body }) => {
        const client = http.as(caller.tenant, trace);
        const [first, second] = [await client.call(here, { body }), await client.call(elsewhere, { body })];
        return { answered: `${first.answered}; ${second.answered}` };
      });
    },
  }),
});

let platform: StartedService;
beforeAll(async () => {
  const overHttp = ({ body: { n }, caller }: { body: { n: number }; caller: { tenant: string } }) => ({
    answered: `${caller.tenant} ${n}, over HTTP`,
  });
  platform = await startService(service, { stubs: [stub(here, overHttp), stub(elsewhere, overHttp)] });
}, 60_000);
afterAll(() => platform.close());

describe('an endpoint', () => {
  it('is called as a function where its owner offers it in this process, and over HTTP where it does not', async () => {
    const { body } = await platform.call(relay, { body: { n: 1 } });
    expect(body.answered).toBe('acme 1, as a function; acme 1, over HTTP');
  });

  it('that is refused is refused with the same fault', async () => {
    const { status, problem } = await platform.call(relay, { body: { n: -1 } });
    expect([status, problem!.type]).toEqual([404, '/errors#model.unknown']);
  });
});
