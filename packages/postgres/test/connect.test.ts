import { isFault } from '@retort/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, identifier } from '../src/index.ts';
import { freshDatabase } from './database.ts';

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  fresh = await freshDatabase();
  const database = fresh.open();
  await database.query('create schema sandbox');
  await database.query('create table sandbox.things (id int primary key, note text)');
});
afterAll(() => fresh.drop());

const things = async () => (await fresh.open().query('select id from sandbox.things order by id')).rows;
const cut = (pid: number) => fresh.admin.query('select pg_terminate_backend($1)', [pid]);

describe('a database', () => {
  it('finds the tables of its schema and no others', async () => {
    const database = fresh.open({ schema: 'sandbox' });
    expect((await database.query('select * from things')).rows).toEqual([]);
    await expect(fresh.open({ schema: 'elsewhere' }).query('select * from things')).rejects.toMatchObject({
      code: '42P01',
    });
  });

  it('refuses a schema that is not an identifier', () => {
    expect(() => fresh.open({ schema: 'sandbox,public' })).toThrow('not a plain SQL identifier');
    expect(() => identifier('x"; drop schema public; --')).toThrow();
  });

  it('gives int8 as bigint, so that no offset is rounded', async () => {
    const { rows } = await fresh.open().query("select 9007199254740993::int8 as big, '7'::xid8 as transaction");
    expect(rows).toEqual([{ big: 9007199254740993n, transaction: 7n }]);
  });

  it('keeps what a transaction wrote when it resolves, and nothing of it when it throws', async () => {
    const database = fresh.open({ schema: 'sandbox' });
    await database.transaction((transaction) => transaction.query('insert into things values (1)'));
    const failing = database.transaction(async (transaction) => {
      await transaction.query('insert into things values (2)');
      throw new Error('changed its mind');
    });
    await expect(failing).rejects.toThrow('changed its mind');
    expect(await things()).toEqual([{ id: 1 }]);
  });

  it('does not report a transaction as stored when one of its statements failed and the error was swallowed', async () => {
    const database = fresh.open({ schema: 'sandbox' });
    const swallowing = database.transaction(async (transaction) => {
      await transaction.query('insert into things values (3)');
      await transaction.query('insert into things values (3)').catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ code: 'postgres.transaction-aborted' });
  });

  it('reports a connection that dies in a transaction as unavailable and retriable, and works on', async () => {
    const database = fresh.open({ schema: 'sandbox', max: 1 });
    const dying = database.transaction(async (transaction) => {
      await transaction.query('insert into things values (4)');
      const { rows } = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
      await cut(rows[0]!.pid);
      await transaction.query('insert into things values (5)');
    });
    await expect(dying).rejects.toMatchObject({
      code: 'postgres.unavailable',
      detail: { status: 503, retriable: true },
    });
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(await things()).toEqual([{ id: 1 }]);
  });

  it('survives the loss of an idle connection', async () => {
    let told: () => void = () => undefined;
    const lost = new Promise<void>((resolve) => (told = resolve));
    const database = fresh.open({ max: 1, onConnectionLost: () => told() });
    const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
    await cut(rows[0]!.pid);
    await lost;
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('reports a full disk as what it is', async () => {
    const database = fresh.open({ schema: 'sandbox', max: 1 });
    const full = database.query(`do $$ begin raise 'could not extend file' using errcode = '53100'; end $$`);
    await expect(full).rejects.toMatchObject({
      code: 'postgres.disk-full',
      detail: { status: 503, retriable: true, retryAfter: 1 },
    });
  });

  it('reports a server that is not there as unavailable', async () => {
    const nowhere = connectDatabase({ url: 'postgres://nobody:x@127.0.0.1:1/nothing' });
    const error: unknown = await nowhere.query('select 1').catch((thrown: unknown) => thrown);
    expect(isFault(error, 'postgres.unavailable')).toBe(true);
    expect(String(error)).not.toContain('nobody:x');
    await nowhere.close();
  });

  it('refuses a NUL character in text with a 400 that does not repeat the text', async () => {
    const error: unknown = await fresh
      .open({ schema: 'sandbox' })
      .query('insert into things values (9, $1)', ['secret\0'])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'postgres.unstorable-text', detail: { status: 400 } });
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});
