import {
  BACKWARDS,
  binaryEvent,
  EventStoreDBClient,
  eventTypeFilter,
  MaxAppendSizeExceededError,
  streamNameFilter,
  WrongExpectedVersionError,
  type AllStreamSubscription,
  type Position,
} from '@eventstore/db-client';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: EventStoreDbServer;
let client: EventStoreDBClient;
beforeAll(async () => {
  server = await startEventStoreDbServer({ recentEventIds: 50 });
  client = EventStoreDBClient.connectionString(server.connectionString);
});
afterAll(async () => {
  await client.dispose();
  await server.stop();
});

let streams = 0;
const freshStream = (prefix = 'thing') => `${prefix}-${++streams}`;
const event = (type = 'HAPPENED', bytes = 3) => binaryEvent({ type, data: Buffer.alloc(bytes, 1) });
const append = (stream: string, events = [event()], expectedRevision: bigint | 'any' | 'no_stream' = 'any') =>
  client.appendToStream(stream, events, { expectedRevision });
const positions = () => server.log.events.map((logged) => logged.position);

/** What a subscription gives until it has caught up. */
async function caughtUp(subscription: AllStreamSubscription): Promise<string[]> {
  const ids: string[] = [];
  subscription.on('data', (resolved) => ids.push(resolved.event?.id ?? ''));
  await new Promise<void>((resolve, reject) => subscription.on('caughtUp', resolve).on('error', reject));
  while (subscription.readableLength > 0) await new Promise(setImmediate);
  await subscription.unsubscribe();
  return ids;
}

describe('the EventStoreDB test server, asked by the real client', () => {
  it('tells a wrong expectation what stands there, on both kinds of append', async () => {
    const stream = freshStream();
    await append(stream, [event(), event()]);
    const batch = await append(stream, [event()], 'no_stream').catch((error: unknown) => error);
    expect(batch).toBeInstanceOf(WrongExpectedVersionError);
    expect(batch).toMatchObject({ streamName: stream, expectedVersion: 'no_stream', actualVersion: 1n });
    // With credentials of its own the client makes one call per append.
    const credentials = { username: 'someone', password: 'secret' };
    const single = client.appendToStream(stream, event(), { expectedRevision: 7n, credentials });
    await expect(single).rejects.toMatchObject({ expectedVersion: 7n, actualVersion: 1n });
    await expect(client.appendToStream(stream, event(), { expectedRevision: 1n, credentials })).resolves.toMatchObject({
      nextExpectedRevision: 2n,
    });
    await expect(append(freshStream(), [event()], 0n)).rejects.toMatchObject({ actualVersion: 'no_stream' });
  });

  it('answers a repetition with a concrete expectation like the first time, however long ago that was', async () => {
    const stream = freshStream();
    const events = [event(), event()];
    const first = await append(stream, events, 'no_stream');
    for (let index = 0; index < 60; index++) await append(stream);
    expect(await append(stream, events, 'no_stream')).toEqual(first);
    await expect(append(stream, [events[0]!, event()], 'no_stream')).rejects.toBeInstanceOf(WrongExpectedVersionError);
  });

  it('knows a repetition that expects nothing in its own stream only, and only of late', async () => {
    const [stream, other] = [freshStream(), freshStream()];
    const known = event();
    const first = await append(stream, [known]);
    expect(await append(stream, [known])).toEqual(first);
    await expect(append(stream, [known, event()])).rejects.toBeInstanceOf(WrongExpectedVersionError);
    await append(other, [known]);
    for (let index = 0; index < 60; index++) await append(other);
    expect(await append(stream, [known])).toMatchObject({ nextExpectedRevision: 1n });
  });

  it('refuses what weighs more than 1 MiB at once, and stores nothing of it', async () => {
    const stream = freshStream();
    const heavy = [event('HAPPENED', 600_000), event('HAPPENED', 600_000)];
    await expect(append(stream, heavy)).rejects.toBeInstanceOf(MaxAppendSizeExceededError);
    expect(server.log.events.some((logged) => logged.stream === stream)).toBe(false);
    expect(await append(stream, heavy.slice(0, 1))).toMatchObject({ nextExpectedRevision: 0n });
  });

  it('gives the deadline back as an error, and does not store what came too late', async () => {
    const stream = freshStream();
    server.delay(400);
    const late = client.appendToStream(stream, event(), { deadline: 30 });
    await expect(late).rejects.toMatchObject({ type: 'deadline-exceeded' });
    server.delay(0);
    await append(stream);
    expect(server.log.events.filter((logged) => logged.stream === stream)).toHaveLength(1);
  });

  it('counts positions up with the bytes written, and pages begin at the one they name', async () => {
    await append(freshStream(), [event('HAPPENED', 500), event(), event()]);
    expect(positions()).toEqual([...positions()].sort((a, b) => a - b));
    const [heavy, light, last] = positions().slice(-3) as [number, number, number];
    expect(light - heavy).toBeGreaterThan(500 + (last - light) / 2);
    const at: Position = { commit: BigInt(light), prepare: BigInt(light) };
    const read = async (options: Parameters<typeof client.readAll>[0]) => {
      const found: number[] = [];
      for await (const resolved of client.readAll(options)) found.push(Number(resolved.event!.position.commit));
      return found;
    };
    expect(await read({ fromPosition: at })).toEqual([light, last]);
    expect(await read({ fromPosition: at, direction: BACKWARDS, maxCount: 1 })).toEqual([heavy]);
  });

  it('resumes a subscription after the position it names, and refuses one where nothing was written', async () => {
    await append(freshStream(), [event(), event(), event()]);
    const [first] = positions().slice(-3) as [number];
    const after = server.log.events.slice(-2).map((logged) => logged.id);
    const at = (position: number) => ({ commit: BigInt(position), prepare: BigInt(position) });
    expect(await caughtUp(client.subscribeToAll({ fromPosition: at(first) }))).toEqual(after);
    await expect(caughtUp(client.subscribeToAll({ fromPosition: at(first + 1) }))).rejects.toThrow('InvalidPosition');
  });

  it('filters by prefix and by expression, on streams and on types, and sends checkpoints all the same', async () => {
    const stream = freshStream('toolset');
    const [one, two] = [event('A_ONE'), event('B_TWO')];
    const from = positions().at(-1)!;
    const fromPosition = { commit: BigInt(from), prepare: BigInt(from) };
    await append(stream, [one, two]);
    for (let index = 0; index < 98; index++) await append('noise');
    const given = (filter: Parameters<typeof client.subscribeToAll>[0] & object) =>
      caughtUp(client.subscribeToAll({ fromPosition, ...filter }));
    expect(await given({ filter: streamNameFilter({ prefixes: ['toolset-'] }) })).toEqual([one.id, two.id]);
    expect(await given({ filter: streamNameFilter({ regex: '^tool.*-\\d+$' }) })).toEqual([one.id, two.id]);
    expect(await given({ filter: eventTypeFilter({ prefixes: ['B_', 'C_'] }) })).toEqual([two.id]);
    const checkpoints: bigint[] = [];
    const checkpointReached = (_: unknown, position: Position) => void checkpoints.push(position.commit);
    const filter = eventTypeFilter({ regex: '^A_ONE$', checkpointInterval: 1, checkpointReached });
    expect(await given({ filter })).toEqual([one.id]);
    const considered = positions().filter((position) => position > from);
    expect(checkpoints).toEqual([31, 63, 95].map((index) => BigInt(considered[index]!)));
  });

  it('keeps its log when it is restarted', async () => {
    const stream = freshStream();
    await append(stream);
    const before = server.log.events.length;
    await server.restart();
    expect(server.log.events.slice(0, before).at(-1)).toMatchObject({ stream, revision: 0 });
    expect(server.log.events.length).toBeGreaterThanOrEqual(before);
  });
});
