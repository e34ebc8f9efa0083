import type { ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { numbered, queries, recorderTo, recordMany, sinkOf } from './recorders.ts';
import { accept, decision, json, refuse, type Post } from './sink.ts';

describe('a recorder whose sink fails', () => {
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
});
