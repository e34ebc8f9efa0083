import { collect, follow, freshStream, ids, newEvent, request } from '@retort/event-store/contract';
import { until } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparePositions, eventStoreDbEventStore, type EventStore } from '../src/index.ts';

let server: EventStoreDbServer;
const stores: EventStore[] = [];
beforeEach(async () => {
  server = await startEventStoreDbServer();
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await server.stop();
});

const platform = (streamPrefix: string) => {
  const store = eventStoreDbEventStore({ connectionString: server.connectionString, streamPrefix });
  stores.push(store);
  return store;
};

describe('an EventStoreDB server that others use too', () => {
  it('carries two platforms, neither of which sees the other', async () => {
    const [one, other] = [platform('one.'), platform('two.')];
    const stream = freshStream();
    const [ours, theirs] = [newEvent(), newEvent()];
    await one.append(request(stream, [ours], 'no-stream'));
    await other.append(request(stream, [theirs], 'no-stream'));
    for (const [store, event] of [
      [one, ours],
      [other, theirs],
    ] as const) {
      expect(ids(await collect(store.readStream(stream)))).toEqual([event.id]);
      expect(await collect(store.readAll())).toMatchObject([{ id: event.id, stream }]);
      expect(ids(await collect(store.readAll({ filter: { streamPrefixes: ['agent-'] } })))).toEqual([event.id]);
      expect(ids(await collect(store.readAll({ filter: { types: [event.type] } })))).toEqual([event.id]);
    }
    const streams = server.log.events.map((logged) => logged.stream).filter((name) => !name.startsWith('$'));
    expect(streams).toEqual([`one.${stream}`, `two.${stream}`]);
  });

  it('asks for a dot at the end of a prefix, so that none is the beginning of another', () => {
    for (const prefix of ['one', 'a.b.', '$one.', '.']) expect(() => platform(prefix)).toThrow('config.invalid');
  });

  it('knows the end of the log at once, whatever others have written behind its last event', async () => {
    const store = platform('ours.');
    const event = newEvent();
    await store.append(request(freshStream(), [event]));
    server.writeForeign(600_000);
    const before = server.eventsSent();
    const head = await store.head();
    await store.ping();
    expect(server.eventsSent() - before).toBe(2);
    expect(head).toBe(`${server.log.events.at(-1)!.position}/${server.log.events.at(-1)!.position}`);
    expect(ids(await collect(store.readAll()))).toEqual([event.id]);
    expect(server.eventsSent() - before).toBeLessThan(10);
    await store.append(request(freshStream(), [newEvent()]));
  });

  it('lets a reader reach the end of the log while only others write', async () => {
    const store = platform('ours.');
    await store.append(request(freshStream()));
    const controller = new AbortController();
    const positions: string[] = [];
    const events: string[] = [];
    const reading = (async () => {
      for await (const batch of store.subscribe({ after: null, signal: controller.signal })) {
        positions.push(batch.position);
        events.push(...ids(batch.events));
      }
    })();
    const reaches = async (head: string) =>
      until('the reader has come to the end', () => comparePositions(positions.at(-1) ?? '0/0', head) >= 0);
    await reaches((await store.head())!);
    server.writeForeign(7);
    await reaches((await store.head())!);
    server.writeStatistics(1);
    await reaches((await store.head())!);
    const last = newEvent();
    await store.append(request(freshStream(), [last]));
    await until('it goes on', () => events.at(-1) === last.id);
    controller.abort();
    await reading;
    expect(events).toHaveLength(2);
    expect(positions).toEqual([...positions].sort(comparePositions));
  });

  it('takes nothing of others for its own, whatever it looks like', async () => {
    const store = platform('ours.');
    const other = platform('');
    await other.append(request('agent-acme.loan', [newEvent()]));
    server.writeForeign(10);
    const own = newEvent();
    await store.append(request('agent-acme.loan', [own]));
    const { events } = await follow(
      store.subscribe({ after: null, signal: AbortSignal.timeout(30_000) }),
      (seen) => seen.length > 0,
    );
    expect(ids(events)).toEqual([own.id]);
  });
});
