import type { Database } from '@retort/postgres';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consumerTables, takeOffset } from '../src/events/consumer-tables.ts';
import { ensureTables } from '../src/tables.ts';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await testDatabase();
  db = test.connect();
});
afterAll(() => test.drop());

let position = 0;
const delivery = { log: 'postgres', topic: 'models', partition: 3 };
const prepare = () => ensureTables(db, 'consumer_offsets', consumerTables);

describe('the place of a consumer', () => {
  it('is kept from a release that knew one bus only', async () => {
    await db.query(`create table consumer_offsets (topic text not null, partition int not null,
      next_offset bigint not null, primary key (topic, partition))`);
    await db.query(`insert into consumer_offsets values ('models', 3, 8)`);
    await prepare();
    await prepare();
    expect(await takeOffset(db, { ...delivery, position: `${++position}/0`, offset: 7n })).toBeNull();
    expect(await takeOffset(db, { ...delivery, position: `${++position}/0`, offset: 8n })).toEqual({ replayed: false });
    expect(await takeOffset(db, { ...delivery, position: `${++position}/0`, offset: 8n })).toBeNull();
  });

  it('says nothing of another bus, whose offsets begin at 0: its messages would be passed over unheard', async () => {
    await prepare();
    await takeOffset(db, { ...delivery, position: `${++position}/0`, offset: 100n });
    expect(await takeOffset(db, { ...delivery, position: `${++position}/0`, log: 'kafka a', offset: 0n })).toEqual({
      replayed: false,
    });
    expect(await takeOffset(db, { ...delivery, position: `${++position}/0`, log: 'kafka b', offset: 0n })).toEqual({
      replayed: false,
    });
    expect(await takeOffset(db, { ...delivery, position: `${++position}/0`, log: 'kafka b', offset: 0n })).toBeNull();
  });

  it('knows what the relay delivers again under new offsets', async () => {
    await prepare();
    const again = { ...delivery, log: 'kafka c' };
    expect(await takeOffset(db, { ...again, offset: 0n, position: '5/0' })).toEqual({ replayed: false });
    expect(await takeOffset(db, { ...again, offset: 1n, position: '9/0' })).toEqual({ replayed: false });
    expect(await takeOffset(db, { ...again, offset: 2n, position: '5/0' })).toEqual({ replayed: true });
    expect(await takeOffset(db, { ...again, offset: 3n, position: '9/0' })).toEqual({ replayed: true });
    expect(await takeOffset(db, { ...again, offset: 4n, position: '10/0' })).toEqual({ replayed: false });
  });
});
