import {
  AccessDeniedError,
  BACKWARDS,
  binaryEvent,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  MaxAppendSizeExceededError,
  streamNameFilter,
  WrongExpectedVersionError,
  type AllStreamSubscription,
  type Position,
} from '@eventstore/db-client';
import { until } from '@retort/testing';
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

const readAll = async (options: Parameters<typeof client.readAll>[0]) => {
  const found: number[] = [];
  for await (const resolved of client.readAll(options)) found.push(Number(resolved.event!.position.commit));
  return found;
};

const credentials = { username: 'someone', password: 'secret' };
/** An append in a call of its own (which the client makes where there are credentials), tried until it is answered: over
 *  the call that many share, the client never answers what it writes while the call ends. */
const alone = (stream: string, appended: ReturnType<typeof event>, expectedRevision: bigint | 'any' = 'any') =>
  until('it is answered', () =>
    client.appendToStream(stream, appended, { expectedRevision, credentials }).catch(() => null),
  );

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
    expect(await readAll({ fromPosition: at })).toEqual([light, last]);
    expect(await readAll({ fromPosition: at, direction: BACKWARDS, maxCount: 1 })).toEqual([heavy]);
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

  it('forgets with a restart, and with a change of the leader, which repetitions that expect nothing it has seen', async () => {
    for (const forget of [() => server.restart(), async () => server.changeLeader()]) {
      const stream = freshStream();
      const known = event();
      await alone(stream, known);
      expect(await alone(stream, known)).toMatchObject({ nextExpectedRevision: 0n });
      await forget();
      expect(await alone(stream, known)).toMatchObject({ nextExpectedRevision: 1n });
      const concrete = event();
      const first = await alone(stream, concrete, 1n);
      await forget();
      expect(await alone(stream, concrete, 1n)).toEqual(first);
    }
  });

  it('stores at once what it answers late, and answers never when it dies before', async () => {
    const stream = freshStream();
    server.holdReplies(60_000);
    const other = EventStoreDBClient.connectionString(server.connectionString);
    const written = other.appendToStream(stream, event()).catch((error: unknown) => error);
    await until('the write is stored', () => server.log.events.at(-1)?.stream === stream);
    await server.stop();
    expect(await written).toBeInstanceOf(Error);
    await other.dispose();
    server.holdReplies(0);
    await server.restart();
    await alone(stream, event());
    expect(server.log.events.filter((logged) => logged.stream === stream)).toHaveLength(2);
  });

  it('stores and answers nothing while it is frozen, and everything afterwards', async () => {
    const stream = freshStream();
    const before = server.log.events.length;
    server.freeze();
    let answered = false;
    const written = alone(stream, event()).then(() => (answered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([answered, server.log.events.length]).toEqual([false, before]);
    server.thaw();
    await written;
    expect(server.log.events.at(-1)).toMatchObject({ stream });
  });

  it('denies what a right is missing for, until it is given back', async () => {
    const read = () => readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 });
    server.revoke(['read-all', 'append']);
    await expect(read()).rejects.toBeInstanceOf(AccessDeniedError);
    await expect(append(freshStream())).rejects.toBeInstanceOf(AccessDeniedError);
    server.revoke([]);
    expect(await read()).toHaveLength(1);
    await append(freshStream());
  });

  it('holds what other applications and the server itself write', async () => {
    server.writeForeign(250);
    server.writeStatistics(3);
    const [last, order] = [server.log.events.at(-1)!, server.log.events.at(-4)!];
    expect([last.stream, order.type, order.revision]).toEqual(['$stats-127.0.0.1:2113', 'OrderPlaced', 49]);
    expect(await readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })).toEqual([last.position]);
  });
});
