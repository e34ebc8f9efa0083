import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import {
  apiBase,
  endpoints,
  getPredictionUsage,
  listDecisions,
  listModels,
  pathParameters,
  predict,
  urlOf,
} from '@retort/contracts';
import { createLogger, type OpenServer } from '@retort/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { config, services } from '../src/config.ts';
import { startEdge } from '../src/edge.ts';
import { echo, upstream, type Upstream } from './upstream.ts';

interface Echo {
  service: string;
  method: string;
  url: string;
  headers: Record<string, string>;
}

const nowhere = 'http://127.0.0.1:1';
const lines: string[] = [];
const log = createLogger({ destination: { write: (line) => void lines.push(line) } });
/** How the service `inference` answers. */
let inference: RequestListener = echo('inference');
let upstreams: Upstream[];
let edge: OpenServer;

const settings = (serviceUrls: Record<string, string[]>, more: object = {}) =>
  config.parse({ port: 0, drainDelayMs: 0, largestBody: 1_000, serviceUrls, ...more });
const examplePath = (path: string) =>
  pathParameters(path).reduce((made, name) => made.replace(`{${name}}`, 'x-1'), path);
const get = (path: string, init: RequestInit = {}) => fetch(edge.url + path, init);
const post = (path: string, body: string) =>
  get(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
const models = urlOf(listModels);
const predictions = urlOf(predict);
const usage = urlOf(getPredictionUsage);

beforeAll(async () => {
  upstreams = await Promise.all(
    services.map((name) => upstream(name === 'inference' ? (...exchange) => inference(...exchange) : echo(name))),
  );
  // The first replica of inference is away.
  edge = await startEdge(
    settings(
      Object.fromEntries(
        services.map((name, at) => [name, [...(name === 'inference' ? [nowhere] : []), upstreams[at]!.url]]),
      ),
    ),
    log,
  );
});
afterAll(async () => {
  await edge.close();
  await Promise.all(upstreams.map((one) => one.close()));
});
beforeEach(() => {
  inference = echo('inference');
});

describe('the edge', () => {
  it('passes a request of every endpoint to the service that owns it, its path and query as they came', async () => {
    for (const { method, path, owner } of endpoints) {
      const url = `${examplePath(path)}?a=%20b&a`;
      const answer = (await (await get(url, { method })).json()) as Echo;
      expect([method, answer]).toEqual([method, expect.objectContaining({ method, url })]);
      expect([path, answer.service]).toEqual([path, owner === 'access' ? 'event-projection' : owner]);
    }
  });

  it('tells an unknown path from a method that a path does not have, as a problem', async () => {
    const unknown = await get(`${apiBase}/nothing`);
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    const wrong = await get(urlOf(listDecisions), { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('describes the whole platform', async () => {
    const { paths } = (await (await get('/openapi.json')).json()) as { paths: object };
    expect(Object.keys(paths).sort()).toEqual([...new Set(endpoints.map(({ path }) => path))].sort());
  });

  it('serves the API reference itself, from its own files alone', async () => {
    const page = await get('/docs');
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("default-src 'none'; script-src 'self'"),
    ]);
    const named = [...(await page.text()).matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, file]) => file!);
    expect(named).toHaveLength(3);
    for (const file of named) {
      const first = await get(`/${file}`);
      expect([file, first.status, (await first.text()).length > 100]).toEqual([file, 200, true]);
      const again = await get(`/${file}`, { headers: { 'if-none-match': first.headers.get('etag')! } });
      expect([file, again.status]).toEqual([file, 304]);
    }
  });

  it('says who calls, believes nobody who says so, and keeps what is of the connection', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', authorization: 'Bearer rt_1' };
    const answer = (await (await get(models, { headers })).json()) as Echo;
    expect(answer.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', authorization: 'Bearer rt_1' });
    expect(answer.headers).not.toHaveProperty('forwarded');
    expect(answer.headers['host']).toBe(new URL(upstreams[services.indexOf('training-orchestration')]!.url).host);
  });

  it('writes a line for each request, without its query, its key or its body', async () => {
    lines.length = 0;
    await get(`${models}?secret=1`, { headers: { authorization: 'Bearer rt_secret' } });
    const line = JSON.parse(lines.at(-1)!) as object;
    expect(line).toMatchObject({
      message: 'request',
      path: models,
      owner: 'training-orchestration',
      status: 200,
    });
    expect(lines.join()).not.toContain('secret');
  });

  it('hands an answer on a piece at a time', async () => {
    let second: () => void = () => undefined;
    inference = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      second = () => {
        if (response.writableLength === 0 && !response.writableEnded) response.write('data: 1\n\n');
        else response.end();
      };
    };
    // The head is here before any piece is.
    const answer = await get(usage);
    const reader = answer.body!.getReader();
    second();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: 1\n\n');
    second();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: 1\n\n');
    await reader.cancel();
  });

  it('hands a body on a piece at a time', async () => {
    const arrived = new Promise<string>((resolve) => {
      inference = (request, response) => {
        request.once('data', (piece: Buffer) => resolve(piece.toString()));
        request.on('end', () => response.end('whole')).resume();
      };
    });
    const sent = httpRequest(edge.url + predictions, { method: 'POST' });
    sent.write('first');
    expect(await arrived).toBe('first');
    sent.end('second');
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect((await answer.toArray()).join('')).toBe('whole');
  });

  it('refuses a body that is too large, whether it is announced or not', async () => {
    inference = (request) => request.resume();
    const announced = await post(predictions, 'x'.repeat(1_001));
    expect(announced.status).toBe(413);
    const sent = httpRequest(edge.url + predictions, { method: 'POST' });
    sent.write('x'.repeat(600));
    sent.write('x'.repeat(600));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    sent.destroy();
  });

  it('asks the next replica when one takes no connection, also for what must not be done twice', async () => {
    for (let time = 0; time < 4; time++) expect((await post(predictions, '{}')).status).toBe(200);
  });

  it('ends a request whose caller has left', async () => {
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const left = new Promise<void>((resolve) => {
      inference = (_request, response) => {
        response.once('close', resolve);
        arrive();
      };
    });
    const leaving = new AbortController();
    const asked = get(usage, { signal: leaving.signal });
    await arrived;
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await left;
  });

  it('breaks an answer off that broke off, and does not end it', async () => {
    inference = (_request, response) => {
      response.writeHead(200).write('half', () => response.destroy());
    };
    await expect(get(usage).then((answer) => answer.text())).rejects.toThrow();
  });

  it('says that a service broke off before it answered', async () => {
    inference = (request) => request.socket.destroy();
    const answer = await post(predictions, '{}');
    expect([answer.status, await answer.json()]).toEqual([
      502,
      expect.objectContaining({ type: '/errors#http.upstream-error' }),
    ]);
  });
});

describe('an edge some of whose services are away', () => {
  const start = (serviceUrls: Record<string, string[]>) =>
    startEdge(settings(serviceUrls, { serviceUrl: `${nowhere}?{service}`, answerTimeoutMs: 50 }), log);

  it('is ready while one of them is, and names the others', async () => {
    const some = await start({ curation: [nowhere, upstreams[0]!.url] });
    const answer = await fetch(`${some.url}/readyz`);
    const { status, services: asked } = (await answer.json()) as { status: string; services: Record<string, unknown> };
    expect([answer.status, status]).toEqual([200, 'degraded']);
    expect(asked).toMatchObject({ curation: { reached: 'ok' }, inference: { reached: 'failed' } });
    await some.close();
  });

  it('is not ready when all of them are', async () => {
    const none = await start({});
    const answer = await fetch(`${none.url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ status: 'unavailable' })]);
    await none.close();
  });

  it('answers for one that is away with its name, and when to come again', async () => {
    const none = await start({});
    const answer = await fetch(`${none.url}${models}`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ detail: 'The service training-orchestration cannot be reached now.' });
    await none.close();
  });

  it('does not wait for ever for one that is silent', async () => {
    inference = () => undefined;
    const silent = await start({ inference: [upstreams[services.indexOf('inference')]!.url] });
    expect((await fetch(`${silent.url}${usage}`)).status).toBe(504);
    await silent.close();
  });
});
