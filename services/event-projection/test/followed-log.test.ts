import { listDecisions } from '@retort/contracts';
import { eventStoreDbEventStore } from '@retort/event-store';
import { testDatabase, until, type TestDatabase } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decided, registered, startProjection } from './host.ts';

let database: TestDatabase;
let server: EventStoreDbServer;
const others: EventStoreDbServer[] = [];
beforeEach(async () => {
  database = await testDatabase();
  server = await startEventStoreDbServer();
});
afterEach(async () => {
  for (const one of [server, ...others.splice(0)]) await one.stop();
  await database.drop();
});

const first = registered();
const later = [decided('one'), decided('two'), decided('three')];
const storeAt = ({ connectionString }: EventStoreDbServer) =>
  ({ eventStore: 'eventstoredb', eventStoreUrl: connectionString }) as const;
const start = (at: EventStoreDbServer) => startProjection({ infrastructure: storeAt(at), database });
/** Records at the server and lets the readers come to its end. */
const follow = async (at: EventStoreDbServer, ...events: ReturnType<typeof decided>[]) => {
  const host = await start(at);
  await host.record(...events);
  await host.close();
};
const another = async () => {
  const one = await startEventStoreDbServer();
  others.push(one);
  return one;
};
const refusal = (at: EventStoreDbServer) =>
  start(at).then(
    async (host) => {
      await host.close();
      return 'it started';
    },
    (error: unknown) => String(error),
  );

/** The id of the first event of ours. */
const begins = (at: EventStoreDbServer) => at.log.events.find(({ stream }) => !stream.startsWith('$'))!.id;

describe('readers that have followed a log', () => {
  it('follow it on when they are started again', async () => {
    await follow(server, first, later[0]!);
    const host = await start(server);
    await host.record(later[1]!);
    expect((await host.call(listDecisions)).body.data).toHaveLength(2);
    await host.close();
  });

  it('of which nothing is ours yet begin with it when they are started again', async () => {
    server.writeStatistics(2_000);
    const host = await start(server);
    const passed = () =>
      database.connect().query(`select 1 from event_projection.checkpoints where name = 'decisions'`);
    await until('a reader to come past what is not ours', async () => (await passed()).rowCount > 0);
    await host.close();
    await follow(server, first, later[0]!);
    const again = await start(server);
    expect((await again.call(listDecisions)).body.data).toHaveLength(1);
    await again.close();
  });

  it('refuse a server that was emptied, and another log, both named, with what to do', async () => {
    await follow(server, first, later[0]!);
    const emptied = await another();
    expect(await refusal(emptied)).toMatch(
      new RegExp(`event-store.other-log: .*${begins(server)}.*holds no event.*Connect`),
    );
    const foreign = await another();
    const other = decided('other');
    const host = await startProjection({ infrastructure: storeAt(foreign) });
    await host.record(other);
    await host.close();
    expect(await refusal(foreign)).toMatch(
      new RegExp(`event-store.other-log: .*${begins(server)}.*begins with event ${begins(foreign)}`),
    );
  });

  it('refuse an older copy of their log', async () => {
    await follow(server, first, ...later);
    const copy = await another();
    const [from, to] = [server, copy].map(({ connectionString }) => eventStoreDbEventStore({ connectionString }));
    for await (const { stream, ...event } of from!.readAll({ limit: 1 }))
      await to!.append({ stream, expected: 'any', events: [event] });
    await Promise.all([from!.close(), to!.close()]);
    expect(await refusal(copy)).toMatch(/event-store.other-log: .*younger than its readers/);
  });

  it('refuse the log of the other adapter', async () => {
    await follow(server, first, later[0]!);
    await expect(startProjection({ database })).rejects.toThrow('event-store.other-log');
  });

  it('of an earlier release take the log that their chain begins with for theirs, once', async () => {
    await follow(server, first, later[0]!);
    const { rows } = await database.connect().query('delete from event_projection.followed_log returning event_id');
    expect(rows).toEqual([{ event_id: begins(server) }]);
    const emptied = await another();
    expect(await refusal(emptied)).toContain('event-store.other-log');
    await follow(server, later[1]!);
    expect(await refusal(emptied)).toContain(begins(server));
  });
});
