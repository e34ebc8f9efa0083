import { newMessage, receive, until } from '@retort/event-bus/contract';
import type { Database } from '@retort/postgres';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateEventBus, postgresEventBus, type EventBus } from '../src/index.ts';

let test: TestDatabase;
let database: Database;
let bus: EventBus;
beforeEach(async () => {
  test = await testDatabase();
  await migrateEventBus(test.url);
  database = test.connect();
  bus = postgresEventBus({ db: test.connect(), pollIntervalMs: 100, leaseMs: 300, retryDelayMs: 5 });
});
afterEach(async () => {
  await bus.close();
  await test.drop();
});

/** What a server that is going down answers to whoever stores how far a group has come. */
async function refuseCommits() {
  await database.query(
    `create function refuse() returns trigger language plpgsql as
       $$ begin raise exception 'going down' using errcode = '57P01'; end $$`,
  );
  await database.query(
    `create trigger refuse before update on event_bus.group_partitions
       for each row when (new.position > old.position) execute function refuse()`,
  );
}
const acceptCommits = () => database.query('drop function refuse cascade');
const lag = async () => (await bus.lag('group')).reduce((sum, partition) => sum + partition.lag, 0n);

describe('a consumer that could not store its offset after the last message there was', () => {
  it('stores it as soon as it can, though no other message comes', async () => {
    const receiver = await receive(bus, { group: 'group', topics: ['topic'] });
    await refuseCommits();
    await bus.publish([newMessage('topic')]);
    await until('the message is handled, its offset is not stored', () => receiver.errors.length > 0);
    expect(await lag()).toBe(1n);
    await acceptCommits();
    await until('the group has nothing left', async () => (await lag()) === 0n);
    expect(receiver.messages).toHaveLength(1);
    await receiver.close();
  });

  it('stores it when it closes, so that nobody repeats the message', async () => {
    const receiver = await receive(bus, { group: 'group', topics: ['topic'] });
    await refuseCommits();
    await bus.publish([newMessage('topic')]);
    await until('the message is handled, its offset is not stored', () => receiver.errors.length > 0);
    await acceptCommits();
    await receiver.close();
    expect(await lag()).toBe(0n);
  });
});
