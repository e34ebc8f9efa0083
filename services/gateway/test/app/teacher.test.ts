import { describe, expect, it } from 'vitest';
import type { CallUpstream, UpstreamAnswer, UpstreamFailure } from '../../src/app/ports.ts';
import { teacher } from '../../src/app/teacher.ts';
import type { Upstream } from '../../src/domain/upstreams.ts';

const upstream = (name: string, more: Partial<Upstream> = {}): Upstream => ({
  name,
  baseUrl: `http://${name}/v1`,
  models: ['*'],
  weight: 1,
  fallback: false,
  ...more,
});
const failing = (failure: UpstreamFailure['failure']) => Object.assign(new Error('upstream'), { failure });
const answering = (status: number, headers: Record<string, string> = {}): UpstreamAnswer => ({
  status,
  headers,
  body: (async function* () {
    yield Buffer.from(String(status));
  })(),
});
const call = {
  ...({ method: 'POST', path: '/chat/completions', headers: {}, body: null } as const),
  signal: new AbortController().signal,
};

/** A teacher whose upstreams do as the list says, and what was asked of them. */
function started(
  upstreams: readonly Upstream[],
  reply: (upstream: string, attempt: number) => UpstreamAnswer | Error,
  more: { retries?: number; concurrency?: number; draw?: () => number } = {},
) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const callUpstream: CallUpstream = ({ name }) => {
    asked.push(name);
    const given = reply(name, asked.length);
    return given instanceof Error ? Promise.reject(given) : Promise.resolve(given);
  };
  const ask = teacher({
    upstreams,
    call: callUpstream,
    retries: more.retries ?? 0,
    concurrency: more.concurrency ?? 10,
    breaker: { failures: 3, pauseMs: 1_000 },
    now: () => clock.now,
    random: more.draw ?? (() => 0),
    onAttempt: () => undefined,
  });
  const end = async (model = 'gpt-5') => {
    const answer = await ask(model, call);
    for await (const _ of answer.body) continue;
    return [answer.upstream, answer.status];
  };
  return { ask, end, asked, clock };
}

describe('the teacher', () => {
  it('is drawn by weight among the upstreams that take the model', async () => {
    const draws = [0, 0.7, 0.8, 0.99];
    const { end, asked } = started(
      [upstream('a', { weight: 3 }), upstream('b'), upstream('c', { models: ['o1', 'claude*'] })],
      () => answering(200),
      { draw: () => draws.shift() ?? 0 },
    );
    for (const model of ['gpt-5', 'gpt-5', 'gpt-5', 'claude-x']) await end(model);
    expect(asked).toEqual(['a', 'a', 'b', 'c']);
  });

  it('is refused by name where no upstream takes the model', async () => {
    const { end } = started([upstream('a', { models: ['o1'] })], () => answering(200));
    await expect(end()).rejects.toMatchObject({ code: 'gateway.no-upstream' });
  });

  it.each([
    ['cannot be reached', failing('unreachable')],
    ['has too many requests', answering(429)],
    ['fails', answering(500)],
  ])('falls back where an upstream %s', async (_, first) => {
    const { end } = started([upstream('a'), upstream('b', { fallback: true })], (name) =>
      name === 'a' ? first : answering(200),
    );
    expect(await end()).toEqual(['b', 200]);
  });

  it('answers what the last upstream answers, whatever it is', async () => {
    const { end } = started([upstream('a')], () => answering(429, { 'retry-after': '7' }));
    expect(await end()).toEqual(['a', 429]);
  });

  it('is asked again when a call did not arrive, or 503 says nothing of when, and not after a time-out', async () => {
    const retried = started(
      [upstream('a')],
      (_, attempt) => (attempt === 1 ? failing('unreachable') : answering(200)),
      {
        retries: 1,
      },
    );
    expect(await retried.end()).toEqual(['a', 200]);
    const busy = started([upstream('a')], (_, attempt) => answering(attempt === 1 ? 503 : 200), { retries: 1 });
    expect(await busy.end()).toEqual(['a', 200]);
    const told = started([upstream('a')], () => answering(503, { 'retry-after': '9' }), { retries: 1 });
    expect(await told.end()).toEqual(['a', 503]);
    const slow = started([upstream('a')], () => failing('timeout'), { retries: 1 });
    await expect(slow.end()).rejects.toMatchObject({ code: 'gateway.teacher-timeout' });
    expect(slow.asked).toHaveLength(1);
  });

  it('is left alone after failures in a row, tried by one when the pause is over, and asked again when it answers', async () => {
    let works = false;
    const { end, asked, clock } = started([upstream('a')], () => (works ? answering(200) : failing('broken')));
    for (let attempt = 0; attempt < 3; attempt++)
      await expect(end()).rejects.toMatchObject({ code: 'gateway.teacher-unavailable' });
    await expect(end()).rejects.toMatchObject({ detail: { retryAfter: 1 } });
    expect(asked).toHaveLength(3);
    clock.now = 1_000;
    works = true;
    const [first, second] = await Promise.allSettled([end(), end()]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
    expect(await end()).toEqual(['a', 200]);
  });

  it('takes no more calls at once than it may, and takes others when an answer was read', async () => {
    const { ask, end } = started([upstream('a')], () => answering(200), { concurrency: 1 });
    const { body } = await ask('gpt-5', call);
    await expect(end()).rejects.toMatchObject({ code: 'gateway.overloaded' });
    for await (const _ of body) continue;
    expect(await end()).toEqual(['a', 200]);
  });
});
