import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { decisionInput, recordDecisions } from '@retort/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRecorder, type CaptureError, type Drop, type Recorder, type RecorderOptions } from '../src/index.ts';
import { accept, decision, json, refuse, startSink, type Post, type Sink } from './sink.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function sinkOf(...answers: Parameters<typeof startSink>): Promise<Sink> {
  const sink = await startSink(...answers);
  cleanUps.push(() => sink.stop());
  return sink;
}

function recorderTo(url: string, options: Partial<RecorderOptions> = {}) {
  const errors: CaptureError[] = [];
  const drops: Drop[] = [];
  const recorder = createRecorder({
    url,
    apiKey: 'rt_test_key',
    flushIntervalMs: 60_000,
    retryDelayMs: () => 1,
    onError: (error) => errors.push(error),
    onDrop: (drop) => drops.push(drop),
    ...options,
  });
  cleanUps.push(() => recorder.shutdown(0));
  return { recorder, errors, drops };
}

function recordMany(recorder: Recorder, count: number, from = 0): void {
  for (let number = from; number < from + count; number++) recorder.record(decision(`question ${number}`));
}
const queries = (sink: Sink) => sink.received().map(({ context }) => context.query);
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `question ${from + index}`);

describe('a recorder', () => {
  it('sends decisions as the contract has them, in order, a hundred a request', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(`${sink.url}/retort`);
    recordMany(recorder, 250);
    await recorder.flush();
    expect(sink.posts.map(({ decisions }) => decisions.length)).toEqual([100, 100, 50]);
    expect(sink.posts[0]).toMatchObject({
      path: `/retort${recordDecisions.path}`,
      headers: { authorization: 'Bearer rt_test_key', 'content-type': 'application/x-ndjson' },
    });
    for (const received of sink.received()) expect(decisionInput.safeParse(received).error).toBeUndefined();
    expect(queries(sink)).toEqual(numbered(250));
    expect(recorder.stats()).toEqual({ queued: 0, sent: 250, dropped: 0, failed: 0, rejected: 0, inPart: 0 });
  });

  it('sends a full batch at once and lets a part of one wait', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url, { batchSize: 10, flushIntervalMs: Infinity });
    recordMany(recorder, 13);
    await sink.posted(1);
    expect(recorder.stats().queued).toBeGreaterThanOrEqual(3);
    await recorder.flush();
    expect(sink.posts.map(({ decisions }) => decisions.length)).toEqual([10, 3]);
  });

  it('lets no decision wait longer than the interval for its batch to fill', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url, { flushIntervalMs: 50 });
    const start = performance.now();
    recordMany(recorder, 3);
    await sink.posted(1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(45);
    expect(queries(sink)).toEqual(numbered(3));
  });

  it('keeps the decision as it was, whatever the agent does to its objects afterwards', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url);
    const history = [{ role: 'user', content: 'Good morning' }];
    recorder.record({ ...decision('q'), context: { history } });
    history.push({ role: 'assistant', content: 'the answer' });
    await recorder.flush();
    expect(sink.received()[0]!.context).toEqual({ history: [{ role: 'user', content: 'Good morning' }] });
  });

  it('keeps the id and the time a decision came with', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url);
    recorder.record({ ...decision('q'), id: 'mine', timestamp: '2026-01-01T00:00:00.000Z' });
    await recorder.flush();
    expect(sink.received()[0]).toMatchObject({ id: 'mine', timestamp: '2026-01-01T00:00:00.000Z' });
  });

  it('writes what JSON writes of a decision', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url);
    const context = {
      at: new Date(0),
      none: undefined,
      list: [undefined, Number.NaN, () => 0, [1]],
      ...(JSON.parse('{"__proto__":{"a":1}}') as object),
    };
    recorder.record({ ...decision('q'), id: 'mine', timestamp: 'then', context: context as never });
    await recorder.flush();
    const expected = { ...decision('q'), id: 'mine', timestamp: 'then', context };
    expect(sink.received()).toEqual([JSON.parse(JSON.stringify(expected))]);
    expect(sink.posts[0]!.body).toContain('"__proto__":{"a":1}');
  });

  it('sends what is too large for one request in several', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url);
    for (const letter of 'abcde') recorder.record(decision(letter.repeat(1_500_000)));
    await recorder.flush();
    expect(sink.posts.map(({ decisions }) => decisions.length)).toEqual([2, 2, 1]);
    expect(recorder.stats()).toMatchObject({ queued: 0, sent: 5 });
  });

  it('throws nothing into the agent: not for what is no JSON, nor when the callbacks throw', async () => {
    const broken = () => {
      throw new Error('callback');
    };
    const sink = await sinkOf(refuse(400));
    const { recorder } = recorderTo(sink.url, { queueSize: 1, onDrop: broken, onError: broken });
    const circular: Record<string, never> = {};
    Object.assign(circular, { circular });
    recorder.record({ ...decision('q'), context: circular });
    recorder.record(undefined as never);
    recorder.record({ ...decision('q'), context: { amount: 1n as never } });
    recordMany(recorder, 2);
    await recorder.flush();
    expect(recorder.stats()).toEqual({ queued: 0, sent: 0, dropped: 1, failed: 4, rejected: 0, inPart: 0 });
  });

  it('throws nothing into the agent for a back-off that throws or is no time, nor for a list of nothing', async () => {
    const nothing = (_: unknown, response: ServerResponse) =>
      json(response, 207, { recorded: 0, duplicates: 0, rejected: 1, results: [null] });
    for (const retryDelayMs of [
      () => {
        throw new Error('callback');
      },
      () => NaN,
    ]) {
      const sink = await sinkOf(refuse(503), nothing);
      const { recorder, errors } = recorderTo(sink.url, { retryDelayMs });
      recordMany(recorder, 1);
      await recorder.shutdown(60_000);
      expect(recorder.stats()).toEqual({ queued: 0, sent: 0, dropped: 0, failed: 0, rejected: 1, inPart: 0 });
      expect(errors.map(({ code }) => code)).toEqual(['recorder.unavailable', 'recorder.rejected']);
    }
  });

  it('waits as long as it is told, which may be without end', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url, { flushIntervalMs: Infinity, requestTimeoutMs: Infinity });
    recordMany(recorder, 3);
    await turn();
    expect(sink.posts).toEqual([]);
    await recorder.shutdown(Infinity);
    expect(recorder.stats()).toMatchObject({ sent: 3, dropped: 0 });
  });

  it('drops the newest, and counts it, when the queue is full', async () => {
    const sink = await sinkOf();
    const { recorder, drops } = recorderTo(sink.url, { queueSize: 20, batchSize: 10 });
    recordMany(recorder, 25);
    expect(recorder.stats()).toMatchObject({ queued: 20, dropped: 5 });
    expect(drops).toEqual(Array.from({ length: 5 }, () => ({ decisions: 1, reason: 'queue-full' })));
    await recorder.flush();
    recordMany(recorder, 1, 25);
    await recorder.flush();
    expect(queries(sink)).toEqual([...numbered(20), 'question 25']);
  });

  it('holds no more than its share of memory when decisions are large', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url, { queueCharacters: 11_000 });
    for (let count = 0; count < 5; count++) recorder.record(decision('x'.repeat(3000)));
    expect(recorder.stats()).toMatchObject({ queued: 3, dropped: 2 });
    await recorder.flush();
    for (let count = 0; count < 5; count++)
      recorder.record({ ...decision('q'), context: { embedding: new Array<number>(1000).fill(0.1) } });
    expect(recorder.stats()).toMatchObject({ queued: 2, dropped: 5 });
    await recorder.flush();
    recorder.record(decision('space again'));
    expect(recorder.stats()).toMatchObject({ queued: 1, dropped: 5 });
  });

  it('counts the definitions of tools in that share, once where decisions have them in common', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url, { queueCharacters: 11_000 });
    const schema = { type: 'object', properties: { account: { type: 'string', description: 'x'.repeat(3000) } } };
    const offering = (parameters: typeof schema) => ({
      ...decision('q'),
      tools_available: [{ name: 'look_up', parameters }],
      tool_selected: 'look_up',
    });
    for (let count = 0; count < 5; count++) recorder.record(offering(structuredClone(schema)));
    expect(recorder.stats()).toMatchObject({ queued: 3, dropped: 2 });
    await recorder.flush();
    for (let count = 0; count < 20; count++) recorder.record(offering(schema));
    expect(recorder.stats()).toMatchObject({ queued: 20, dropped: 2 });
    await recorder.flush();
    for (let count = 0; count < 5; count++) recorder.record(offering(structuredClone(schema)));
    expect(recorder.stats()).toMatchObject({ queued: 3, dropped: 4 });
  });

  it('sends the same bytes, so the same ids, until the sink is back', async () => {
    const sink = await sinkOf(refuse(503), refuse(429), refuse(500), (_, response) => void response.destroy(), accept);
    const { recorder, errors } = recorderTo(sink.url);
    recordMany(recorder, 3);
    await recorder.shutdown(60_000);
    expect(sink.posts).toHaveLength(5);
    expect(new Set(sink.posts.map(({ body }) => body)).size).toBe(1);
    expect(new Set(sink.posts[0]!.decisions.map(({ id }) => id)).size).toBe(3);
    expect(errors.map(({ code, status }) => [code, status])).toEqual([
      ['recorder.unavailable', 503],
      ['recorder.unavailable', 429],
      ['recorder.sink-failed', 500],
      ['recorder.unavailable', undefined],
    ]);
    expect(recorder.stats()).toEqual({ queued: 0, sent: 3, dropped: 0, failed: 0, rejected: 0, inPart: 0 });
  });

  it('survives a sink that is down and then back, without losing what it holds', async () => {
    const sink = await sinkOf();
    const { recorder, errors } = recorderTo(sink.url, { retryDelayMs: () => 20 });
    await sink.stop();
    recordMany(recorder, 150);
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ queued: 150, sent: 0 });
    expect(errors[0]).toMatchObject({ code: 'recorder.unavailable', retriable: true });
    await sink.restart();
    await sink.posted(2);
    await recorder.flush();
    expect(queries(sink)).toEqual(numbered(150));
    expect(recorder.stats()).toMatchObject({ queued: 0, sent: 150, dropped: 0 });
  });

  it('comes back no earlier than it was asked to', async () => {
    const sink = await sinkOf(refuse(503, { 'retry-after': '1' }), accept);
    const { recorder } = recorderTo(sink.url);
    const start = performance.now();
    recordMany(recorder, 1);
    await recorder.flush();
    await sink.posted(2);
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  it('gives up a batch that the sink cannot take, and goes on with the next', async () => {
    const failing = Array.from({ length: 5 }, () => refuse(500));
    const sink = await sinkOf(...failing, refuse(401), accept);
    const { recorder, errors } = recorderTo(sink.url, { batchSize: 1 });
    recordMany(recorder, 3);
    await recorder.shutdown(60_000);
    expect(recorder.stats()).toEqual({ queued: 0, sent: 1, dropped: 0, failed: 2, rejected: 0, inPart: 0 });
    expect(sink.posts).toHaveLength(7);
    expect(errors.at(-1)).toMatchObject({ code: 'recorder.refused', retriable: false, status: 401 });
  });

  it('takes no answer for a receipt that does not account for every decision', async () => {
    const sink = await sinkOf(
      (_, response) => void response.writeHead(200).end('<html>Welcome to our network</html>'),
      (_, response) => json(response, 202, { recorded: 1, duplicates: 0, rejected: 0, results: [] }),
      accept,
    );
    const { recorder, errors } = recorderTo(sink.url);
    recordMany(recorder, 2);
    await recorder.shutdown(60_000);
    expect(errors.map(({ code }) => code)).toEqual(['recorder.unreadable-answer', 'recorder.unreadable-answer']);
    expect(recorder.stats()).toMatchObject({ sent: 2, failed: 0 });
  });

  it('counts what was refused one by one, and says which without saying what', async () => {
    const sink = await sinkOf(({ decisions }, response) =>
      json(response, 207, {
        recorded: 1,
        duplicates: 1,
        rejected: 1,
        results: decisions.map(({ id }, index) =>
          index === 1
            ? { index, status: 422, id, problem: { type: 'urn:tool-not-offered', detail: 'question 1' } }
            : { index, status: 201, id },
        ),
      }),
    );
    const { recorder, errors } = recorderTo(sink.url);
    recordMany(recorder, 3);
    await recorder.flush();
    expect(recorder.stats()).toEqual({ queued: 0, sent: 2, dropped: 0, failed: 0, rejected: 1, inPart: 0 });
    expect(errors).toMatchObject([
      {
        code: 'recorder.rejected',
        items: [{ id: sink.received()[1]!.id, status: 422, problem: 'urn:tool-not-offered' }],
      },
    ]);
    expect(JSON.stringify(errors)).not.toContain('question');
  });

  it('sends everything before a shutdown ends, and takes nothing after it', async () => {
    const sink = await sinkOf();
    const { recorder, drops } = recorderTo(sink.url);
    recordMany(recorder, 250);
    await recorder.shutdown(60_000);
    recordMany(recorder, 1);
    expect(queries(sink)).toEqual(numbered(250));
    expect(recorder.stats()).toEqual({ queued: 0, sent: 250, dropped: 1, failed: 0, rejected: 0, inPart: 0 });
    expect(drops).toEqual([{ decisions: 1, reason: 'shut-down' }]);
    await recorder.flush();
  });

  it('shuts down in the time it is given when the sink hangs, and counts what it left behind', async () => {
    const sink = await sinkOf(() => undefined);
    // Nothing but the time it is given ends the request under way.
    const { recorder, drops } = recorderTo(sink.url, { batchSize: 10, requestTimeoutMs: Infinity });
    recordMany(recorder, 25);
    await recorder.shutdown(200);
    expect(recorder.stats()).toEqual({ queued: 0, sent: 0, dropped: 25, failed: 0, rejected: 0, inPart: 0 });
    expect(drops).toEqual([{ decisions: 25, reason: 'shut-down' }]);
  });

  it('makes a last attempt at shutdown without waiting for the back-off', async () => {
    const sink = await sinkOf(refuse(503), accept);
    const { recorder } = recorderTo(sink.url, { retryDelayMs: () => 3_600_000 });
    recordMany(recorder, 2);
    await recorder.flush();
    await recorder.shutdown(60_000);
    expect(recorder.stats()).toMatchObject({ queued: 0, sent: 2 });
  });

  it('sends a call again whose arguments are refused, with those that nothing was said against', async () => {
    const refuseArguments =
      (pointer: string) =>
      ({ decisions }: Post, response: ServerResponse) =>
        json(response, 207, {
          recorded: 0,
          duplicates: 0,
          rejected: 1,
          results: [
            {
              index: 0,
              status: 422,
              id: decisions[0]!.id,
              problem: { type: 'invalid', errors: [{ pointer, message: 'no' }] },
            },
          ],
        });
    const sink = await sinkOf(
      refuseArguments('/tool_parameters/account'),
      refuseArguments('/known_parameters'),
      accept,
    );
    const { recorder } = recorderTo(sink.url);
    recorder.record({ ...decision('one'), tool_parameters: { account: 7, since: 'May' } });
    await recorder.flush();
    const [, inPart, unknown] = sink.received();
    expect(inPart).toMatchObject({ tool_parameters: null, known_parameters: { since: 'May' } });
    expect(unknown).toMatchObject({ tool_selected: 'get_balance', tool_parameters: null });
    expect(unknown).not.toHaveProperty('known_parameters');
    expect(recorder.stats()).toMatchObject({ sent: 1, rejected: 0, inPart: 1 });
  });

  it('does not take an unknown decision for an address that is not Retort', async () => {
    const unknown = { type: 'https://retort.example/errors#decisions.unknown' };
    const sink = await sinkOf((_, response) => json(response, 404, unknown));
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { recorder, errors } = recorderTo(sink.url);
    recorder.outcome('nobody', { success: true });
    await recorder.flush();
    expect(errors).toMatchObject([{ code: 'recorder.refused', items: [{ problem: unknown.type }] }]);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('leaves a request alone no longer than its time-out', async () => {
    const sink = await sinkOf(() => undefined);
    const { recorder, errors } = recorderTo(sink.url, { requestTimeoutMs: 50, retryDelayMs: () => 3_600_000 });
    recordMany(recorder, 1);
    await recorder.flush();
    expect(errors.map(({ code }) => code)).toEqual(['recorder.unavailable']);
    expect(recorder.stats()).toMatchObject({ queued: 1 });
  });

  it('does not make the request in the turn of the agent that recorded', async () => {
    const calls: string[] = [];
    const { recorder } = recorderTo('http://127.0.0.1:9', {
      batchSize: 2,
      fetch: () => {
        calls.push('fetch');
        return Promise.reject(new TypeError('unreachable'));
      },
    });
    recordMany(recorder, 4);
    expect(calls).toEqual([]);
    await turn();
    expect(calls).toEqual(['fetch']);
  });

  it('says at the start that its url is none', () => {
    expect(() => createRecorder({ url: 'retort', apiKey: 'k' })).toThrow(TypeError);
  });
});

describe('redaction', () => {
  it('reaches every text and number about a person before they leave, and nothing else', async () => {
    const sink = await sinkOf();
    const pointers: string[] = [];
    const { recorder } = recorderTo(sink.url, {
      redact: (value, pointer) => {
        pointers.push(pointer);
        return typeof value === 'string' ? value.replaceAll('AT61', '[iban]') : value;
      },
    });
    // Nothing that the contract names, and so nothing that one may know to be harmless.
    const unnamed = { session: { owner: ['AT61'] }, 'a/b': 'AT61' };
    recorder.record({
      ...decision('from AT61'),
      reasoning: 'AT61 it is',
      outcome: { result: ['AT61'] },
      group: 'AT61',
      known_parameters: { account: 'AT61' },
      ...unnamed,
    });
    await recorder.flush();
    expect(sink.posts[0]!.body).not.toContain('AT61');
    expect(sink.received()[0]).toMatchObject({
      agent_id: 'account-agent',
      tool_selected: 'get_balance',
      tools_available: [{ name: 'get_balance', parameters: { type: 'object' } }],
      context: { query: 'from [iban]', customer: { iban: '[iban]', age: 41 } },
      tool_parameters: { account: '[iban]' },
      outcome: { result: ['[iban]'] },
    });
    expect(pointers).toContain('/context/history/0/content');
    expect(pointers).toContain('/context/customer/age');
    expect(pointers).toEqual(expect.arrayContaining(['/session/owner/0', '/a~1b']));
  });

  it('blanks a value whose redactor throws or answers with a promise, and sends the rest', async () => {
    const sink = await sinkOf();
    const { recorder } = recorderTo(sink.url, {
      redact: ((value: string | number, pointer: string) => {
        if (pointer === '/context/query' || pointer === '/context/customer/age') throw new Error(String(value));
        return pointer === '/tool_parameters/account' ? Promise.resolve('later') : value;
      }) as never,
    });
    recorder.record(decision('secret'));
    await recorder.flush();
    expect(sink.received()[0]).toMatchObject({
      context: { query: '', customer: { iban: 'AT61', age: null } },
      tool_parameters: { account: '' },
    });
  });

  it('gives a retry the same redacted bytes', async () => {
    const sink = await sinkOf(refuse(503), accept);
    let calls = 0;
    const { recorder } = recorderTo(sink.url, { redact: () => `redacted ${calls++}` });
    recordMany(recorder, 2);
    await recorder.shutdown(60_000);
    expect(sink.posts).toHaveLength(2);
    expect(sink.posts[0]!.body).toBe(sink.posts[1]!.body);
  });
});
