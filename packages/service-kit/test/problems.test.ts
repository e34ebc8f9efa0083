import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startExample, type Example } from './example-server.ts';

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example.close());

describe('bad input', () => {
  it('is answered with a problem that names every wrong field by its pointer', async () => {
    const { status, headers, body } = await example.ask('POST', '/decisions:batch', {
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
    const answer = await example.ask('POST', '/decisions:batch', { body, headers });
    expect([answer.status, answer.body['type']]).toEqual([status, `/errors#${code}`]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('in the query string is named as in a body', async () => {
    const { status, body } = await example.ask('GET', '/decisions?limit=x');
    expect([status, body['type'], (body['errors'] as { pointer: string }[])[0]?.pointer]).toEqual([
      400,
      '/errors#request.invalid-query',
      '/limit',
    ]);
  });

  it('with a number that no text of JSON can hold is told where', async () => {
    const numbers = [1e308, '-1e400', `1${'0'.repeat(309)}`];
    for (const number of numbers) {
      const { body } = await example.ask('POST', '/decisions:batch', {
        body: `{"agent_id": "a", "a/b": [0, ${number}]}`,
      });
      const pointers = (body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
      expect(pointers).toEqual([number === 1e308 ? '/tools' : '/a~1b/1']);
    }
  });

  it.each(['NONSENSE\r\n\r\n', 'GET /decisions HTTP/1.1\r\nconnection: close\r\n\r\n'])(
    'that is no HTTP still gets a problem: %j',
    async (request) => {
      const socket = connect(Number(new URL(example.url).port), '127.0.0.1');
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
    expect((await example.ask('GET', '/nowhere')).status).toBe(404);
    const wrong = await example.ask('PUT', '/decisions');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await example.ask('DELETE', '/runs/a:cancel')).headers.get('allow')).toBe('POST');
    for (const body of [undefined, {}]) {
      const options = { key: null, ...(body && { body }) };
      expect((await example.ask('QUERY', '/decisions', options)).status).toBe(405);
      expect((await example.ask('QUERY', '/nowhere', options)).status).toBe(404);
    }
  });
});

describe('a failure', () => {
  it('is explained where its type leads, which needs no key', async () => {
    const { body } = await example.ask('GET', '/nowhere', { key: null });
    const [path, code] = String(body['type']).split('#');
    const page = await fetch(`${example.url}${path}`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain(`<dt id="${code}">`);
  });

  it('does not leak internals', async () => {
    const { status, body } = await example.ask('GET', '/broken', { key: null });
    expect([status, body['type']]).toEqual([500, '/errors#internal']);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('says when to come back', async () => {
    const { status, headers } = await example.ask('GET', '/busy', { key: null });
    expect([status, headers.get('retry-after')]).toEqual([503, '3']);
    expect(example.lastLine()).toMatchObject({ code: 'decisions.overloaded', status: 503 });
    expect(example.lastLine()).not.toHaveProperty('err');
  });

  it('that more requests meet is said once', async () => {
    await example.ask('GET', '/busy', { key: null });
    const before = example.lines.length;
    for (let time = 0; time < 5; time++) expect((await example.ask('GET', '/busy', { key: null })).status).toBe(503);
    expect(example.lines).toHaveLength(before);
  });

  it('on the OpenAI paths also carries the member that its clients read, and keeps them from retrying a conflict', async () => {
    const { headers, body } = await example.ask('POST', '/v1/chat/completions', { key: null, body: {} });
    expect(body).toMatchObject({ status: 409, error: { message: 'Twice.', code: 'decisions.id-conflict' } });
    expect(headers.get('x-should-retry')).toBe('false');
  });
});
