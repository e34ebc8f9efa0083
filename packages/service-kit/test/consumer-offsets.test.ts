import type { Database } from '@retort/postgres';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consumerOffsetsTable, takeOffset } from '../src/events/consumer-offsets.ts';
import { ensureTables } from '../src/tables.ts';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await testDatabase();
  db = test.connect();
});
afterAll(() => test.drop());

const place = { log: 'postgres', topic: 'models', partition: 3 };
const prepare = () => ensureTables(db, 'consumer_offsets', consumerOffsetsTable);

describe('the place of a consumer', () => {
  it('is kept from a release that knew one bus only', async () => {
    await db.query(`create table consumer_offsets (topic text not null, partition int not null,
      next_offset bigint not null, primary key (topic, partition))`);
    await db.query(`insert into consumer_offsets values ('models', 3, 8)`);
    await prepare();
    await prepare();
    expect(await takeOffset(db, { ...place, offset: 7n })).toBe(false);
    expect(await takeOffset(db, { ...place, offset: 8n })).toBe(true);
    expect(await takeOffset(db, { ...place, offset: 8n })).toBe(false);
  });

  it('says nothing of another bus, whose offsets begin at 0: its messages would be passed over unheard', async () => {
    await prepare();
    await takeOffset(db, { ...place, offset: 100n });
    expect(await takeOffset(db, { ...place, log: 'kafka a', offset: 0n })).toBe(true);
    expect(await takeOffset(db, { ...place, log: 'kafka b', offset: 0n })).toBe(true);
    expect(await takeOffset(db, { ...place, log: 'kafka b', offset: 0n })).toBe(false);
  });
});
