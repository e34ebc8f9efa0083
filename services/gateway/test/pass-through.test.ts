import { createChatCompletion, listUpstreamModels } from '@retort/contracts';
import { until } from '@retort/testing';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { question, startGateway, tools, type Gateway } from './gateway.ts';
import { call, chunks, completion, events, json, startTeacher, type Teacher } from '@retort/testing/teacher';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;
beforeAll(async () => {
  teacher = await startTeacher(json(completion({ content: 'Good morning.' }, 'stop')));
  gateway = await startGateway({ teacherBaseUrl: teacher.url, upstreamRetries: 0, breakerFailures: 1000 });
});
afterEach(() => {
  teacher.asked.length = gateway.recorded.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});

const secret = 'sk-the-agents-own-key';
/** White space, member order and an unknown member: what is parsed and written again is not the same bytes. */
const requestText = (more: object = {}) =>
  `{ "unknown_member" : [1.0, 2e3],\n  "model":"teacher-2026", "tools": ${JSON.stringify(tools)}, "messages":${JSON.stringify(question)}${Object.entries(
    more,
  )
    .map(([name, value]) => `, "${name}" : ${JSON.stringify(value)}`)
    .join('')} }`;

/** The status, headers and bytes of an answer, each piece as it came. */
async function ask(baseUrl: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${baseUrl}${createChatCompletion.path.slice('/v1'.length)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}
const throughGateway = (body: string, headers: Record<string, string> = {}) =>
  ask(gateway.baseUrl, body, { 'x-retort-key': gateway.key, ...headers });

async function expectSame(body: string, headers: Record<string, string> = {}) {
  const direct = await ask(teacher.url, body, headers);
  const passed = await throughGateway(body, headers);
  const [asked, forwarded] = teacher.asked.slice(-2);
  expect(passed.status).toBe(direct.status);
  expect(passed.bytes.equals(direct.bytes)).toBe(true);
  expect(forwarded!.body.equals(asked!.body)).toBe(true);
  for (const name of ['content-type', 'retry-after', 'x-request-id', 'x-ratelimit-remaining', 'openai-processing-ms'])
    if (direct.headers.get(name) !== null) expect(passed.headers.get(name)).toBe(direct.headers.get(name));
  return { passed, forwarded: forwarded! };
}

describe('what the student does not answer', () => {
  it('reaches the teacher byte for byte, and its answer the agent', async () => {
    const headers = { 'x-request-id': 'req_upstream', 'x-ratelimit-remaining': '17', 'openai-processing-ms': '12' };
    teacher.answers(json(completion({ tool_calls: [call('get_balance', { customer: '7' })] }), { headers }));
    const { passed } = await expectSame(requestText());
    expect(passed.headers.get('x-retort-served-by')).toBe('teacher');
    expect(passed.headers.get('x-retort-reason')).toBe('unsupported-parameter');
  });

  it('is streamed byte for byte, a piece when it comes', async () => {
    const [first, ...rest] = chunks([{ role: 'assistant', content: 'Go' }, { content: 'od.' }], 'stop');
    const { passed } = await (async () => {
      teacher.answers(events([first!, ...rest]));
      return expectSame(requestText({ stream: true }));
    })();
    expect(passed.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    let goOn = (): void => undefined;
    teacher.answers(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first);
      await new Promise<void>((resolve) => (goOn = resolve));
      response.end(rest.join(''));
    });
    const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': gateway.key },
      body: requestText({ stream: true }),
    });
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    expect(Buffer.from(value!).toString()).toBe(first);
    goOn();
    let after = '';
    for (let next = await reader.read(); !next.done; next = await reader.read())
      after += Buffer.from(next.value).toString();
    expect(after).toBe(rest.join(''));
  });

  it('keeps its compression, and is recorded all the same', async () => {
    const body = completion({ tool_calls: [call('get_balance', { customer: '7' })] });
    teacher.answers(
      (response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(gzipSync(body)),
    );
    const { passed } = await expectSame(requestText());
    expect(passed.headers.get('content-encoding')).toBe('gzip');
    expect(await gateway.decisionOf(passed)).toMatchObject({
      tool_selected: 'get_balance',
      tool_parameters: { customer: '7' },
    });
  });

  it('that the teacher refuses is refused with the same bytes, and Retry-After', async () => {
    const error =
      '{ "error": {"message":"Rate limit reached", "type":"requests", "param":null, "code":"rate_limit_exceeded"} }';
    teacher.answers(json(error, { status: 429, headers: { 'retry-after': '7' } }));
    await expectSame(requestText());
    teacher.answers(json('{"error":{"message":"Incorrect API key provided: sk-…"}}', { status: 401 }));
    await expectSame(requestText());
    expect(gateway.recorded).toEqual([]);
  });

  it('may be no JSON at all: the teacher says so', async () => {
    teacher.answers(json('{"error":{"message":"We could not parse the JSON body of your request."}}', { status: 400 }));
    const { passed } = await expectSame('{"model": ');
    expect(passed.headers.get('x-retort-reason')).toBe('unreadable');
  });

  it('lists the models of the upstream', async () => {
    teacher.answers(json('{"object":"list",  "data":[{"id":"teacher-2026"}]}'));
    const response = await fetch(`${gateway.host.url}${listUpstreamModels.path}`, {
      headers: { 'x-api-key': gateway.key },
    });
    expect(await response.text()).toBe('{"object":"list",  "data":[{"id":"teacher-2026"}]}');
    expect(teacher.asked.at(-1)).toMatchObject({ method: 'GET', path: '/v1/models' });
  });
});

describe('the headers', () => {
  it('of the agent reach the upstream, its Authorization too; those of Retort do not', async () => {
    teacher.answers(json(completion({ content: 'Hello.' }, 'stop')));
    const { forwarded } = await expectSame(requestText(), { 'openai-organization': 'org-1', 'x-stainless-lang': 'js' });
    expect(forwarded.headers).toMatchObject({
      authorization: `Bearer ${secret}`,
      'openai-organization': 'org-1',
      'x-stainless-lang': 'js',
    });
    const told = Object.keys(forwarded.headers);
    expect(told.filter((name) => name.startsWith('x-retort-') || name === 'x-api-key')).toEqual([]);
  });

  it('never carry a key of Retort to the upstream', async () => {
    await throughGateway(requestText(), { authorization: `Bearer ${gateway.key}`, 'x-retort-key': '' });
    expect(teacher.asked.at(-1)!.headers.authorization).toBeUndefined();
    expect(JSON.stringify(teacher.asked.at(-1)!.headers)).not.toContain(gateway.key);
  });

  it('of the wrong form are refused by name', async () => {
    for (const header of [{ 'x-retort-mode': 'sometimes' }, { 'x-retort-agent': 'a b' }]) {
      const { status, bytes } = await throughGateway(requestText(), header as Record<string, string>);
      expect(status).toBe(400);
      expect(JSON.parse(bytes.toString())).toMatchObject({ error: { code: 'gateway.invalid-header' } });
    }
  });
});

describe('a key', () => {
  it('is not needed by a program of this machine where there is one tenant', async () => {
    const { status } = await ask(gateway.baseUrl, requestText());
    expect(status).toBe(200);
  });

  it('is needed by a page in a browser, behind a proxy, and under another name of this machine', async () => {
    for (const header of [
      { origin: 'https://evil.example' },
      { 'x-forwarded-for': '203.0.113.9' },
      { via: '1.1 proxy' },
    ])
      expect((await ask(gateway.baseUrl, requestText(), header as Record<string, string>)).status).toBe(401);
  });

  it('that is wrong is refused, whatever Authorization says', async () => {
    expect((await throughGateway(requestText(), { 'x-retort-key': 'rt_wrong' })).status).toBe(401);
  });
});

describe('a decision', () => {
  it('is a whole answer of the teacher, streamed or not, with what it cost', async () => {
    const calls = [call('get_balance', { customer: '7' }, 'call_a'), call('block_card', { customer: '7' }, 'call_b')];
    teacher.answers(json(completion({ content: 'At once.', tool_calls: calls })));
    const whole = await throughGateway(requestText({ metadata: { session_id: 's-1' } }), { 'x-retort-agent': 'cards' });
    const deltas = [
      { role: 'assistant', content: 'At once.' },
      { tool_calls: [{ ...calls[0], index: 0, function: { name: 'get_balance', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"customer":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '"7"}' } }] },
      { tool_calls: [{ ...calls[1], index: 1 }] },
    ];
    teacher.answers(events(chunks(deltas)));
    const streamed = await throughGateway(requestText({ stream: true, metadata: { session_id: 's-1' } }), {
      'x-retort-agent': 'cards',
    });
    const decisions = [await gateway.decisionOf(whole), await gateway.decisionOf(streamed)];
    for (const decision of decisions)
      expect(decision).toMatchObject({
        agent_id: 'cards',
        group: 's-1',
        teacher_model: 'teacher-2026',
        reasoning: 'At once.',
        context: { channel: 'app', query: 'please, the balance of customer 7' },
        tool_calls: [
          { id: 'call_a', tool: 'get_balance', parameters: { customer: '7' } },
          { id: 'call_b', tool: 'block_card', parameters: { customer: '7' } },
        ],
        exchange: { upstream: 'teacher', response_id: 'chatcmpl-9Q', prompt_tokens: 120, completion_tokens: 9 },
      });
    expect(decisions[0]!.exchange!.cached_tokens).toBe(64);
    expect(decisions[0]!.exchange!.latency_ms).toBeGreaterThan(0);
    // 56 tokens at 2, 64 from the cache at .5 and 9 written at 8, a million.
    expect(decisions[0]!.exchange!.cost).toEqual({
      amount: expect.closeTo((56 * 2 + 64 * 0.5 + 9 * 8) / 1e6, 12) as number,
      currency: 'USD',
      basis: 'tokens',
      price_of: 'teacher-*',
      price_source: 'default',
    });
    expect(decisions[0]!.exchange!.request_bytes).toBeGreaterThan(100);
  });

  it('waits while the store is away, and is recorded when it is back', async () => {
    gateway.says.storeFails = true;
    teacher.answers(json(completion({ tool_calls: [call('get_balance', {})] })));
    const answered = await throughGateway(requestText());
    expect(answered.status).toBe(200);
    await until('an attempt to store it', () => gateway.says.refusals > 0);
    gateway.says.storeFails = false;
    expect(await gateway.decisionOf(answered)).toMatchObject({ tool_selected: 'get_balance' });
  });

  it('is none without tools, cut off, or of a stream that broke', async () => {
    teacher.answers(json(completion({ content: 'Good morning.' }, 'length')));
    await throughGateway(requestText());
    await ask(gateway.baseUrl, JSON.stringify({ model: 'teacher-2026', messages: question }));
    teacher.answers((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunks([{ role: 'assistant', content: 'Hal' }])[0]!, () => response.destroy());
    });
    await expect(throughGateway(requestText({ stream: true }))).rejects.toThrow();
    teacher.answers(json(completion({ tool_calls: [call('get_balance', {})] })));
    const last = await gateway.decisionOf(await throughGateway(requestText({ metadata: { session_id: 'last' } })));
    expect(last.group).toBe('last');
    expect(gateway.recorded.filter(({ reasoning }) => reasoning?.startsWith('Good') || reasoning === 'Hal')).toEqual(
      [],
    );
  });
});
