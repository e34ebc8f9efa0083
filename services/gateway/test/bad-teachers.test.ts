import { createChatCompletion } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { question, startGateway, tools, type Gateway } from './gateway.ts';
import { call, chunks, completion, json, startTeacher, type Reply, type Teacher } from '@retort/testing/teacher';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;
beforeAll(async () => {
  teacher = await startTeacher(json('{}'));
  gateway = await startGateway({
    teacherBaseUrl: teacher.url,
    upstreamRetries: 0,
    breakerFailures: 1000,
    upstreamTimeoutMs: 500,
  });
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});

const begun =
  (text: string, mediaType: string): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': mediaType });
    response.write(text, () => response.destroy());
  };
async function ask(body: object = {}) {
  const response = await fetch(`${gateway.host.url}${createChatCompletion.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retort-key': gateway.key },
    body: JSON.stringify({ model: 'teacher-2026', messages: question, tools, ...body }),
  });
  return { status: response.status, text: await response.text() };
}

describe('a request', () => {
  const post = (body: string | undefined) =>
    fetch(`${gateway.host.url}${createChatCompletion.path}`, {
      method: 'POST',
      headers: { 'x-retort-key': gateway.key, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body }),
    });

  it.each<[string, string | undefined]>([
    ['without a body', undefined],
    ['of more values than are read', `{"model":"m","messages":[${'{},'.repeat(50_000)}{}]}`],
    ['nested deeper than is read', `{"model":"m","messages":${'['.repeat(200)}${']'.repeat(200)}}`],
  ])('%s is handed to the teacher as it is, unread', async (_, body) => {
    teacher.answers(json('{"error":{"message":"no"}}', { status: 400 }));
    const response = await post(body);
    expect([response.status, response.headers.get('x-retort-reason')]).toEqual([400, 'unreadable']);
    expect(teacher.asked.at(-1)!.body.toString()).toBe(body ?? '');
  });
});

describe('a teacher', () => {
  it.each<[string, Reply, number, string]>([
    ['hangs', () => undefined, 504, 'gateway.teacher-timeout'],
    ['stops half-way through a body', begun('{"id": "chatc', 'application/json'), 502, 'gateway.teacher-unavailable'],
    ['closes the connection', (response) => void response.destroy(), 502, 'gateway.teacher-unavailable'],
    ['is no HTTP server', (response) => void response.socket!.end('hello'), 502, 'gateway.teacher-unavailable'],
  ])('that %s is an error in OpenAI’s form', async (_, reply, status, code) => {
    teacher.answers(reply);
    const given = await ask();
    expect(given.status).toBe(status);
    expect(JSON.parse(given.text)).toMatchObject({ error: { code, message: expect.any(String) as string } });
  });

  it.each<[string, string]>([
    ['garbage', '<html>not what you asked for</html>'],
    ['an answer without choices', '{"object":"chat.completion"}'],
    ['numbers', '[1,2,3]'],
  ])('that answers with %s is handed on and not recorded', async (_, text) => {
    const before = gateway.recorded.length;
    teacher.answers(json(text));
    expect(await ask()).toEqual({ status: 200, text });
    teacher.answers(json(completion({ tool_calls: [call('get_balance', {})] })));
    await ask({ metadata: { session_id: text.slice(0, 8) } });
    await vi.waitFor(() => expect(gateway.recorded.length).toBe(before + 1));
  });

  it('that calls a tool which was not offered is handed on as it is', async () => {
    const text = completion({ tool_calls: [call('transfer_everything', { to: 'me' })] });
    teacher.answers(json(text));
    expect(await ask({ metadata: { session_id: 'not offered' } })).toEqual({ status: 200, text });
    // What is recorded says so, and ingestion refuses it: nobody learns from it.
    await vi.waitFor(() =>
      expect(gateway.recorded).toContainEqual(
        expect.objectContaining({ group: 'not offered', tool_selected: 'transfer_everything' }),
      ),
    );
  });

  it('that stops half-way through a stream breaks off at the agent, and is not recorded', async () => {
    const before = gateway.recorded.length;
    const [first] = chunks([{ role: 'assistant', content: 'Hal' }]);
    teacher.answers(begun(first!, 'text/event-stream'));
    await expect(ask({ stream: true })).rejects.toThrow();
    teacher.answers(json(completion({ tool_calls: [call('get_balance', {})] })));
    await ask({ metadata: { session_id: 'after half a stream' } });
    await vi.waitFor(() => expect(gateway.recorded.length).toBe(before + 1));
  });

  it('that asks for patience is handed on with its Retry-After', async () => {
    teacher.answers(json('{"error":{"message":"slow down"}}', { status: 429, headers: { 'retry-after': '9' } }));
    expect((await ask()).status).toBe(429);
  });

  it('whose agent leaves is left, too', async () => {
    let left: Promise<unknown> | undefined;
    const arrived = new Promise<void>((resolve) => {
      teacher.answers((response) => {
        left = new Promise((closed) => response.on('close', closed));
        resolve();
      });
    });
    const controller = new AbortController();
    const asking = fetch(`${gateway.host.url}${createChatCompletion.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-retort-key': gateway.key },
      body: JSON.stringify({ model: 'teacher-2026', messages: question }),
      signal: controller.signal,
    });
    await arrived;
    controller.abort();
    await expect(asking).rejects.toThrow();
    await left;
  });
});
