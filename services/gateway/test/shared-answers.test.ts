import { createChatCompletion } from '@retort/contracts';
import { until } from '@retort/testing';
import {
  call,
  chunks,
  completion,
  events,
  json,
  startTeacher,
  type Reply,
  type Teacher,
} from '@retort/testing/teacher';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerCache, type KeptAnswer } from '../src/domain/answer-cache.ts';
import { question, startGateway, tools, type Gateway } from './gateway.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;
let caching: Gateway;
const answer = completion({ tool_calls: [call('get_balance', { customer: '7' })] });
beforeAll(async () => {
  teacher = await startTeacher(json(answer));
  const settings = { teacherBaseUrl: teacher.url, upstreamRetries: 0, breakerFailures: 1000 };
  gateway = await startGateway(settings);
  caching = await startGateway({ ...settings, cacheTtlMs: 3_600_000 });
});
afterEach(() => {
  teacher.asked.length = 0;
  teacher.answers(json(answer));
});
afterAll(async () => {
  await gateway.close();
  await caching.close();
  await teacher.close();
});

interface Changes {
  headers?: Record<string, string>;
  signal?: AbortSignal;
  at?: Gateway;
}
async function ask(body: object = {}, { headers = {}, signal, at = gateway }: Changes = {}) {
  const response = await fetch(`${at.host.url}${createChatCompletion.path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-retort-key': at.key,
      authorization: 'Bearer sk-one',
      ...headers,
    },
    body: JSON.stringify({ model: 'teacher-2026', messages: question, tools, ...body }),
    ...(signal ? { signal } : {}),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
/** A teacher that answers when it is told to. */
function held(reply: Reply = json(answer)) {
  let goOn = (): void => undefined;
  const going = new Promise<void>((resolve) => (goOn = resolve));
  teacher.answers(async (response, asked) => {
    await going;
    await reply(response, asked);
  });
  return () => goOn();
}
const untilAsked = (times: number) => until('the teacher to be asked', () => teacher.asked.length >= times);
const deterministic = { temperature: 0 };

describe('identical requests under way', () => {
  it('are asked for once, answered alike, and recorded each, of which one cost something', async () => {
    const goOn = held();
    const asking = [1, 2, 3].map(() => ask({ ...deterministic, user: 'together' }));
    await untilAsked(1);
    // All three have arrived when another one, which came later, has.
    const other = ask({ ...deterministic, user: 'another' });
    await untilAsked(2);
    goOn();
    const answers = await Promise.all(asking);
    await other;
    expect(answers.map(({ text }) => text)).toEqual([answer, answer, answer]);
    expect(teacher.asked).toHaveLength(2);
    const decisions = await Promise.all(answers.map((given) => gateway.decisionOf(given)));
    expect(new Set(decisions.map(({ id }) => id)).size).toBe(3);
    const bases = decisions.map(({ exchange }) => exchange!.cost!.basis).sort();
    expect(bases).toEqual(['cache', 'cache', 'tokens']);
  });

  it.each<[string, object, Changes]>([
    ['ask for another sample', {}, {}],
    ['are streams', { ...deterministic, stream: true }, {}],
    ['are of another account', deterministic, { headers: { authorization: 'Bearer sk-two' } }],
    ['differ in a parameter', { ...deterministic, top_p: 0.5 }, {}],
  ])('are asked for each where they %s', async (_, body, changes) => {
    const isStream = 'stream' in body;
    const goOn = held(isStream ? events(chunks([{ role: 'assistant', content: 'Go' }], 'stop')) : json(answer));
    const first = ask(changes.headers || 'top_p' in body ? deterministic : body);
    const second = ask(body, changes);
    await untilAsked(2);
    goOn();
    await Promise.all([first, second]);
    expect(teacher.asked).toHaveLength(2);
  });

  it('are answered when the one that asked first leaves, and broken off when all have', async () => {
    let left = false;
    const goOn = held();
    const first = new AbortController();
    const leaving = ask({ ...deterministic, user: 'leaves' }, { signal: first.signal });
    await untilAsked(1);
    const staying = ask({ ...deterministic, user: 'leaves' });
    const later = ask({ ...deterministic, user: 'later' });
    await untilAsked(2);
    first.abort();
    await expect(leaving).rejects.toThrow();
    goOn();
    expect((await staying).text).toBe(answer);
    await later;

    teacher.asked.length = 0;
    teacher.answers((response) => void response.on('close', () => (left = true)));
    const alone = new AbortController();
    const abandoned = ask({ ...deterministic, user: 'alone' }, { signal: alone.signal });
    await untilAsked(1);
    alone.abort();
    await expect(abandoned).rejects.toThrow();
    await until('the teacher to be left', () => left);
  });
});

describe('the cache', () => {
  it('is off where nobody turned it on', async () => {
    for (const _ of [1, 2]) expect((await ask()).headers.get('x-retort-served-by')).toBe('teacher');
    expect(teacher.asked).toHaveLength(2);
  });

  it('gives the same bytes again, says so, and spends nothing', async () => {
    const [first, second] = [await ask({ n: 1 }, { at: caching }), await ask({ n: 1 }, { at: caching })];
    expect(first.headers.get('x-retort-served-by')).toBe('teacher');
    expect(second.headers.get('x-retort-served-by')).toBe('cache');
    expect(second.text).toBe(first.text);
    expect(teacher.asked).toHaveLength(1);
    expect((await caching.decisionOf(second)).exchange!.cost).toMatchObject({ amount: 0, basis: 'cache' });
  });

  it('honours every parameter, the account, the tenant, and who wants a new answer', async () => {
    const body = { user: 'who' };
    await ask(body, { at: caching });
    const others: [object, Changes][] = [
      [{ ...body, temperature: 0.1 }, {}],
      [{ ...body, stream: true }, {}],
      [body, { headers: { authorization: 'Bearer sk-two' } }],
      [body, { headers: { 'openai-organization': 'org-2' } }],
      [body, { headers: { 'x-retort-key': await caching.keyOf('other') } }],
      [body, { headers: { 'cache-control': 'no-cache' } }],
    ];
    for (const [index, [changed, changes]] of others.entries()) {
      const given = await ask(changed, { at: caching, ...changes });
      expect([index, given.headers.get('x-retort-served-by')]).toEqual([index, 'teacher']);
    }
    expect((await ask(body, { at: caching })).headers.get('x-retort-served-by')).toBe('cache');
  });

  it('keeps no errors', async () => {
    teacher.answers(json('{"error":{"message":"no"}}', { status: 500 }));
    expect((await ask({ user: 'unlucky' }, { at: caching })).status).toBe(500);
    teacher.answers(json(answer));
    expect((await ask({ user: 'unlucky' }, { at: caching })).status).toBe(200);
  });

  it('is bounded by time and bytes; what was used least lately goes first', () => {
    const kept = (bytes: number): KeptAnswer => ({
      status: 200,
      headers: {},
      upstream: 'teacher',
      content: Buffer.alloc(bytes),
    });
    const cache = answerCache({ ttlMs: 100, bytes: 3 * 4_096 });
    for (const key of ['a', 'b', 'c']) cache.put(key, kept(2_048), 0);
    expect(cache.get('a', 1)).toBeDefined();
    cache.put('d', kept(2_048), 1);
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key, 2))).toEqual(['a', 'c', 'd']);
    expect(cache.get('a', 100)).toBeUndefined();
    cache.put('large', kept(20_000), 3);
    expect(cache.get('large', 3)).toBeUndefined();
    expect(cache.get('d', 3)).toBeDefined();
  });
});
