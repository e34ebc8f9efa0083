import { status } from '@grpc/grpc-js';
import { collect, follow, freshStream, ids, newEvent, request } from '@retort/event-store/contract';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventStoreDbEventStore, type EventBatch, type EventStore } from '../src/index.ts';
import { startEventStoreDbSubject, type EventStoreDbSubject } from './eventstoredb-subject.ts';

let subject: EventStoreDbSubject;
let store: EventStore;
beforeAll(async () => {
  subject = await startEventStoreDbSubject();
  store = subject.store;
});
afterAll(() => subject.stop());

const sizeOf = async (next: Promise<IteratorResult<EventBatch>>) => ((await next).value as EventBatch).events.length;

/** Appends until it succeeds, as a caller does that was told to try again. */
async function appendSurely(stream: string, event = newEvent()): Promise<string> {
  await until('the event is stored', () =>
    store.append(request(stream, [event])).then(
      () => true,
      () => false,
    ),
  );
  return event.id;
}

const answers = () =>
  store.ping().then(
    () => true,
    () => false,
  );

describe('the EventStoreDB event store', () => {
  it('tells a repetition that expects nothing, and what the log holds under its ids', async () => {
    const stream = freshStream();
    const event = newEvent({ json: '{"first":true}' });
    await store.append(request(stream, [event]));
    const again = await store.append(request(stream, [{ ...event, json: '{"first":false}' }]));
    expect(again).toMatchObject({ status: 'duplicate', revision: 0n, recorded: [{ json: '{"first":true}' }] });
  });

  it('tells a repetition of what another process stored', async () => {
    const stream = freshStream();
    const event = newEvent();
    await store.append(request(stream, [event]));
    const another = await subject.another();
    expect(await another.append(request(stream, [event]))).toMatchObject({ status: 'duplicate', revision: 0n });
    await another.close();
  });

  it('stores a group that weighs more than the server takes at once; refuses one request that does, with a 413', async () => {
    const stream = freshStream();
    const heavy = () => newEvent({ json: JSON.stringify({ text: 'x'.repeat(600_000) }) });
    const outcomes = await store.appendGroup([
      request(stream, [heavy()]),
      request(stream, [heavy(), heavy()]),
      request(stream, [heavy()]),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'appended', revision: 0n },
      { status: 'rejected', fault: { code: 'event-store.too-large', detail: { status: 413, retriable: false } } },
      { status: 'appended', revision: 1n },
    ]);
  });

  it('leaves out the events of the server and of others', async () => {
    await store.append(request(freshStream()));
    expect(subject.server.log.events.some((logged) => logged.stream.startsWith('$'))).toBe(true);
    const all = await collect(store.readAll());
    expect(all.filter((event) => event.stream.startsWith('$'))).toEqual([]);
    expect(await store.head()).toBe(all.at(-1)!.position);
  });

  it('rejects the appends in flight of a dying server with a fault that says try again, and nothing is lost or doubled', async () => {
    const stream = freshStream();
    const events = Array.from({ length: 200 }, () => newEvent());
    subject.server.delay(60_000);
    const flying = Promise.allSettled(events.map((event) => store.append(request(stream, [event]))));
    await until('the server has them', () => subject.server.delayed() === events.length);
    await subject.server.stop();
    for (const outcome of await flying) {
      expect(outcome.status).toBe('rejected');
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          code: 'event-store.unavailable',
          detail: { status: 503, retriable: true },
        });
    }
    await expect(store.ping()).rejects.toMatchObject({ code: 'event-store.unavailable' });
    await expect(store.append(request(stream))).rejects.toMatchObject({ code: 'event-store.unavailable' });
    subject.server.delay(0);
    await subject.server.restart();
    for (const event of events) await appendSurely(stream, event);
    expect(ids(await collect(store.readStream(stream)))).toEqual(ids(events));
    await store.ping();
  });

  it('rejects an append that the server does not answer in time', async () => {
    const hasty = eventStoreDbEventStore({
      connectionString: subject.server.connectionString,
      deadlineMs: 3_000,
    });
    const first = request(freshStream());
    await until('it is connected', () => hasty.append(first).catch(() => null));
    subject.server.delay(60_000);
    await expect(hasty.append(request(freshStream()))).rejects.toMatchObject({ code: 'event-store.unavailable' });
    subject.server.delay(0);
    await hasty.close();
  });

  it.each([
    [status.UNAVAILABLE, 'event-store.unavailable', true],
    [status.RESOURCE_EXHAUSTED, 'event-store.unavailable', true],
    [status.UNAUTHENTICATED, 'event-store.refused', false],
    [status.UNIMPLEMENTED, 'event-store.refused', false],
  ])('makes a fault of the gRPC status %i: %s', async (code, name, retriable) => {
    subject.server.refuse([code]);
    await expect(store.head()).rejects.toMatchObject({ code: name, detail: { retriable } });
    await until('it answers again', answers);
  });

  it('follows the log without a gap or a repeat while its server dies again and again', async () => {
    const after = await store.head();
    const controller = new AbortController();
    const stream = freshStream();
    const written: string[] = [];
    let interruptions = 0;
    const subscription = store.subscribe({
      after,
      signal: controller.signal,
      batchSize: 3,
      onInterruption: () => interruptions++,
    });
    const following = follow(subscription, (seen) => seen.length >= 40);
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 10; index++) written.push(await appendSurely(stream));
      if (round % 2 === 0) await subject.server.dropConnections();
      else await subject.server.restart();
    }
    const { events } = await following;
    controller.abort();
    expect(ids(events)).toEqual(written);
    expect(interruptions).toBeGreaterThan(0);
    await until('it answers again', answers);
  });

  it('does not fetch what its consumer does not ask for', async () => {
    const after = await store.head();
    const stream = freshStream();
    for (let round = 0; round < 10; round++)
      await store.append(
        request(
          stream,
          Array.from({ length: 200 }, () => newEvent({ json: `"${'x'.repeat(2_000)}"` })),
        ),
      );
    const controller = new AbortController();
    const slow = store.subscribe({ after, signal: controller.signal, batchSize: 10 })[Symbol.asyncIterator]();
    const sizes = [await sizeOf(slow.next())];
    // By the time another subscriber has read all of it, this one has been sent what its buffers hold, and no more.
    const before = subject.server.eventsSent();
    await follow(store.subscribe({ after, signal: controller.signal }), (seen) => seen.length === 2_000);
    expect(subject.server.eventsSent() - before).toBeLessThan(2_500);
    while (sizes.reduce((sum, size) => sum + size) < 2_000) sizes.push(await sizeOf(slow.next()));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
    const seen = sizes.reduce((sum, size) => sum + size);
    expect(seen).toBe(2_000);
    controller.abort();
    expect(await slow.next()).toEqual({ done: true, value: undefined });
  });
});
