import { decisionInput, recordDecisions } from '@retort/contracts';
import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRecorder } from '../src/index.ts';
import { numbered, queries, recorderTo, recordMany, sinkOf } from './recorders.ts';
import { decision, json, refuse } from './sink.ts';

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
