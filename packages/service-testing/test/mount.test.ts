import { endpoint, page, pagingQuery, urlOf } from '@retort/contracts';
import { answer, defineService, lines, mount, pageOf } from '@retort/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startService, stub, type StartedService } from '../src/index.ts';

const common = { owner: 'curation', scope: 'products:read', errors: [] } as const;
const row = z.object({ n: z.int() });

const listRows = endpoint({
  ...common,
  id: 'listRows',
  method: 'GET',
  path: '/rows',
  summary: 'Rows',
  query: pagingQuery,
  response: { 200: { json: page(row), lines: row } },
});
const writeRow = endpoint({
  ...common,
  id: 'writeRow',
  method: 'POST',
  path: '/rows/{name}:write',
  summary: 'Write',
  params: z.strictObject({ name: z.string() }),
  body: z.strictObject({ search: z.strictObject({ candidates: z.int() }).optional(), seed: z.int().default(7) }),
  response: { 200: z.object({ name: z.string(), seed: z.int() }), 201: z.object({ name: z.string() }) },
});
const sendBytes = endpoint({
  ...common,
  id: 'sendBytes',
  method: 'POST',
  path: '/bytes',
  summary: 'Bytes',
  body: { raw: { 'application/json': z.unknown(), 'application/x-ndjson': z.unknown() } },
  response: { 200: z.object({ bytes: z.int() }) },
});
const elsewhere = endpoint({
  ...common,
  id: 'elsewhere',
  method: 'GET',
  path: '/elsewhere/{id}',
  summary: 'Of another service',
  params: z.strictObject({ id: z.string() }),
  response: { 200: row },
});
const relay = endpoint({
  ...common,
  id: 'relay',
  method: 'GET',
  path: '/relay',
  summary: 'Relay',
  response: { 200: row },
});
const broken = endpoint({
  ...common,
  id: 'broken',
  method: 'GET',
  path: '/broken',
  summary: 'Breaks off before its first row',
  response: { 200: { lines: row } },
});

const rows = Array.from({ length: 5 }, (_, n) => ({ n }));

const service = defineService({
  name: 'example',
  config: z.object({}),
  build: ({ http }) => ({
    routes: (app) => {
      mount(app, listRows, async ({ query, wanted }) => {
        if (wanted === 'lines') return lines(each(rows));
        return pageOf({
          area: 'curation',
          query,
          position: z.int(),
          read: async (after, limit) => rows.filter(({ n }) => n > (after ?? -1)).slice(0, limit),
          positionOf: ({ n }) => n,
        });
      });
      mount(app, writeRow, async ({ params: { name }, body: { seed } }) =>
        name === 'new' ? answer(201, { name }) : answer(200, { name, seed }),
      );
      mount(app, sendBytes, async ({ body }) => ({ bytes: body.byteLength }));
      mount(app, relay, async ({ caller, trace }) =>
        http.as(caller.tenant, trace).call(elsewhere, { params: { id: 'a/b' } }),
      );
      mount(app, broken, async () => lines(failing()));
    },
  }),
});

async function* each<Row>(all: readonly Row[]) {
  yield* all;
}
async function* failing(): AsyncGenerator<{ n: number }> {
  yield* [];
  throw new Error('the source is gone');
}

let platform: StartedService;
const asked: string[] = [];
beforeAll(async () => {
  platform = await startService(service, {
    stubs: [
      stub(elsewhere, ({ params: { id }, caller }) => {
        asked.push(`${caller.tenant} ${id}`);
        return { n: 1 };
      }),
    ],
  });
});
afterAll(() => platform.close());

describe('a mounted endpoint', () => {
  it('gives pages whose cursors lead on, and names the next one in Link', async () => {
    const first = await platform.call(listRows, { query: { limit: 3 } });
    expect(first.body.data).toEqual(rows.slice(0, 3));
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link')!)![1]!;
    expect(await (await platform.send(next)).json()).toEqual({
      data: rows.slice(3),
      next_cursor: null,
      has_more: false,
    });
    const foreign = await platform.call(listRows, { query: { cursor: 'nonsense' } });
    expect(foreign.problem!.type).toBe('/errors#curation.cursor-invalid');
  });

  it('streams as NDJSON whoever asks for it, and compresses for whoever takes gzip', async () => {
    expect(await platform.lines(listRows)).toEqual(rows);
    const headers = { accept: 'application/x-ndjson' };
    const plain = await platform.send(urlOf(listRows), { headers: { ...headers, 'accept-encoding': 'identity' } });
    expect([plain.headers.get('content-encoding'), plain.headers.get('content-type')]).toEqual([
      null,
      'application/x-ndjson',
    ]);
    const packed = await platform.send(urlOf(listRows), { headers: { ...headers, 'accept-encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.text()).toBe(await plain.text());
  });

  it('answers 406 to whoever accepts only what is not offered', async () => {
    const { problem } = await platform.call(listRows, { headers: { accept: 'text/csv' } });
    expect(problem).toMatchObject({ status: 406, type: '/errors#request.not-acceptable' });
    expect((await platform.call(listRows, { headers: { accept: 'text/csv, */*;q=0.1' } })).status).toBe(200);
  });

  it('answers with a problem when its stream fails before the first row', async () => {
    const answered = await platform.send(urlOf(broken), { headers: { 'accept-encoding': 'gzip' } });
    expect([answered.status, answered.headers.get('content-encoding')]).toEqual([500, null]);
    expect(await answered.json()).toMatchObject({ type: '/errors#internal' });
  });

  it('hands on what its schemas made of the request, and answers with any status it declares', async () => {
    const written = await platform.call(writeRow, { params: { name: 'old' }, body: {} });
    expect([written.status, written.body]).toEqual([200, { name: 'old', seed: 7 }]);
    expect((await platform.call(writeRow, { params: { name: 'new' }, body: {} })).status).toBe(201);
  });

  it('refuses members that it does not know, at any depth, with the nearest that it does', async () => {
    const body = { sede: 1, search: { candidate: 2, candidates: 3 } };
    const { problem } = await platform.call(writeRow, { params: { name: 'x' }, body: body as never });
    expect(problem!.errors).toEqual([
      { pointer: '/search/candidate', message: 'unknown member `candidate`; did you mean `candidates`?' },
      { pointer: '/sede', message: 'unknown member `sede`; did you mean `seed`?' },
    ]);
    const { problem: query } = await platform.call(listRows, { query: { limits: 3 } as never });
    expect(query!.errors).toEqual([{ pointer: '/limits', message: 'unknown member `limits`; did you mean `limit`?' }]);
  });

  it('receives the bytes of a body that it parses itself, and only of the media types it declares', async () => {
    const send = (type: string) =>
      platform.send(urlOf(sendBytes), { method: 'POST', body: '{"half', headers: { 'content-type': type } });
    expect(await (await send('application/x-ndjson')).json()).toEqual({ bytes: 6 });
    expect((await send('text/csv')).status).toBe(415);
  });
});

describe('a stub', () => {
  it('is called over HTTP as the endpoint it stands for, on behalf of the tenant that asked', async () => {
    expect((await platform.call(relay, { tenant: 'globex' })).body).toEqual({ n: 1 });
    expect(asked).toEqual(['globex a/b']);
  });
});
