import { connectDatabase, type Database } from '@retort/postgres';
import { fakeClock, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantRemovalLoop } from '../src/access/remove-tenants.ts';
import { createLogger } from '../src/log.ts';

const clock = fakeClock();
let database: TestDatabase;
let schema: Database;
beforeAll(async () => {
  database = await testDatabase();
  schema = connectDatabase({ url: database.url, schema: 'teller', max: 2, applicationName: 'test' });
  await schema.query('create schema teller');
  await schema.query('create table tellings (tenant text not null, id int not null, primary key (tenant, id))');
  await schema.query(
    `create table "Labels" (tenant text not null, id int not null, primary key (tenant, id),
       foreign key (tenant, id) references tellings)`,
  );
  await schema.query('create table counters (name text)');
});
afterAll(async () => {
  await schema.close();
  await database.drop();
});

const fill = async (tenant: string, rows: number) => {
  await schema.query(
    `with told as (insert into tellings select $1, n from generate_series(1, $2::int) n returning *)
     insert into "Labels" select * from told`,
    [tenant, rows],
  );
};
const rowsOf = async (tenant: string) => {
  const { rows } = await schema.query<{ rows: number }>(
    `select ((select count(*) from tellings where tenant = $1) + (select count(*) from "Labels" where tenant = $1))::int as rows`,
    [tenant],
  );
  return rows[0]!.rows;
};

/** Runs the loop until a condition holds. */
async function removing(deleted: readonly string[], done: () => Promise<boolean>): Promise<void> {
  const stop = new AbortController();
  const loop = tenantRemovalLoop({
    schemas: () => new Map([['teller', schema]]),
    deleted: async () => deleted,
    clock: clock.now,
    log: createLogger({ level: 'silent' }),
    pauseMs: 5,
  });
  const running = loop.run(stop.signal);
  await until('the rows to be gone', done);
  stop.abort();
  await running;
}

describe('the removal of a deleted tenant', () => {
  it('takes its rows from every table, whatever refers to what, and nobody else’s', async () => {
    await fill('gone', 12_000);
    await fill('stays', 10);
    await schema.query(`insert into counters values ('gone')`);
    await removing(['gone', 'never-wrote'], async () => (await rowsOf('gone')) === 0);
    expect(await rowsOf('stays')).toBe(20);
    expect((await schema.query('select 1 from counters')).rowCount).toBe(1);
  });

  it('that is interrupted goes on with the next process', async () => {
    await fill('large', 12_000);
    await removing(['large'], async () => (await rowsOf('large')) < 24_000);
    await removing(['large'], async () => (await rowsOf('large')) === 0);
  });

  it('looks again after an hour, for what was made anew', async () => {
    await fill('again', 1);
    let returned = false;
    await removing(['again'], async () => {
      if ((await rowsOf('again')) > 0) return false;
      if (returned) return true;
      returned = true;
      await schema.query(`insert into tellings values ('again', 1)`);
      clock.advance(3_600_001);
      return false;
    });
  });
});
