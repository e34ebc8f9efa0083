import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { advanceCheckpoint, migrate, readCheckpoint } from '../src/index.ts';
import { freshDatabase } from './database.ts';

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

let path: string;
let schema: string;
let counter = 0;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'retort-migrations-'));
  schema = `room_${++counter}`;
  await file('0001-things.sql', 'create table things (id int); create index on things (id);');
  return () => rm(path, { recursive: true });
});
const file = (name: string, sql: string) => writeFile(join(path, name), sql);
const run = () => migrate({ target: fresh.url, schema, folder: pathToFileURL(path) });
const tables = async () =>
  (
    await fresh
      .open()
      .query<{ name: string }>(
        'select table_name as name from information_schema.tables where table_schema = $1 order by 1',
        [schema],
      )
  ).rows.map((row) => row.name);

describe('migrate', () => {
  it('makes the schema with its checkpoints, applies files in order, and does nothing the second time', async () => {
    await file('0002-more.sql', 'alter table things add column note text;');
    expect(await run()).toEqual(['0000-checkpoints.sql', '0001-things.sql', '0002-more.sql']);
    expect(await tables()).toEqual(['checkpoints', 'migrations', 'things']);
    expect(await run()).toEqual([]);
  });

  it('applies a file once when several processes start together', async () => {
    const applied = await Promise.all([run(), run(), run(), run()]);
    expect(applied.flat().sort()).toEqual(['0000-checkpoints.sql', '0001-things.sql']);
  });

  it('refuses a file that changed after it was applied, and names it', async () => {
    await run();
    await file('0001-things.sql', 'create table others (id int);');
    await expect(run()).rejects.toMatchObject({
      code: 'postgres.migration-changed',
      message: expect.stringContaining('0001-things.sql') as string,
    });
  });

  it('does not take other line ends for a change', async () => {
    await file('0001-things.sql', 'create table things (\n  id int\n);\n');
    await run();
    await file('0001-things.sql', 'create table things (\r\n  id int\r\n);\r\n');
    expect(await run()).toEqual([]);
  });

  it('leaves nothing of a file that failed half-way, and goes on once it is mended', async () => {
    await file('0002-broken.sql', 'create table half (id int); select nonsense;');
    await expect(run()).rejects.toMatchObject({
      code: 'postgres.migration-failed',
      message: expect.stringContaining('0002-broken.sql') as string,
    });
    expect(await tables()).not.toContain('half');
    await file('0002-broken.sql', 'create table half (id int);');
    expect(await run()).toEqual(['0002-broken.sql']);
  });

  it('refuses a new file that sorts before an applied one', async () => {
    await file('0003-later.sql', 'select 1;');
    await run();
    await file('0002-forgotten.sql', 'select 1;');
    await expect(run()).rejects.toMatchObject({ code: 'postgres.migration-order' });
  });

  it('lets an older release start on a newer schema', async () => {
    await file('0002-newer.sql', 'select 1;');
    await run();
    await rm(join(path, '0002-newer.sql'));
    expect(await run()).toEqual([]);
  });

  it('refuses two files with one number, and names that are not numbered', async () => {
    await file('0001-again.sql', 'select 1;');
    await expect(run()).rejects.toMatchObject({ code: 'postgres.migration-name' });
    await rename(join(path, '0001-again.sql'), join(path, 'again.sql'));
    await expect(run()).rejects.toMatchObject({ code: 'postgres.migration-name' });
  });

  it('refuses a schema name that is not an identifier', async () => {
    schema = 'x"; drop schema public; --';
    await expect(run()).rejects.toMatchObject({ code: 'postgres.identifier' });
  });
});

describe('a checkpoint', () => {
  it('is null before the first advance and then stands where it was put', async () => {
    await run();
    const database = fresh.open({ schema });
    expect(await readCheckpoint(database, 'reader')).toBeNull();
    await advanceCheckpoint(database, { name: 'reader', from: null, to: '1/1' });
    await advanceCheckpoint(database, { name: 'reader', from: '1/1', to: '2/5' });
    expect(await readCheckpoint(database, 'reader')).toBe('2/5');
  });

  it('lets one of two owners advance, and rolls back the rows of the other', async () => {
    await run();
    const database = fresh.open({ schema });
    const project = (id: number) =>
      database.transaction(async (transaction) => {
        await transaction.query('insert into things values ($1)', [id]);
        await advanceCheckpoint(transaction, { name: 'reader', from: null, to: '1/1' });
      });
    const outcomes = await Promise.allSettled([project(1), project(2)]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await database.query('select * from things')).rowCount).toBe(1);
    await expect(advanceCheckpoint(database, { name: 'reader', from: '0/0', to: '9/9' })).rejects.toMatchObject({
      code: 'postgres.checkpoint-moved',
      detail: { status: 409 },
    });
  });
});
