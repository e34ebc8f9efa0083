import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, startEmbeddedPostgres, type Database, type EmbeddedPostgres } from '../src/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retort-embedded-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const settings = { shared_buffers: '32MB' };
const start = () => startEmbeddedPostgres({ folder, settings });

async function withDatabase<T>(postgres: EmbeddedPostgres, work: (database: Database) => Promise<T>): Promise<T> {
  const database = connectDatabase({ url: postgres.url(), max: 2 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Inserts numbers one by one until a statement fails; returns those that were acknowledged. */
async function insertUntilItFails(database: Database, onInserted: (count: number) => void): Promise<number[]> {
  const acknowledged: number[] = [];
  try {
    for (let value = 0; ; value++) {
      await database.query('insert into kept values ($1)', [value]);
      acknowledged.push(value);
      onInserted(acknowledged.length);
    }
  } catch {
    return acknowledged; // the server was killed
  }
}

async function runs(pid: number): Promise<boolean> {
  // A dead child that its new parent has not collected yet still answers to signal 0.
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) Z /.test(status);
}

/** Starts a platform in a process of its own, to be killed. */
async function startElsewhere(): Promise<{ pid: number; server: number; kill(): Promise<void> }> {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
    const postgres = await startEmbeddedPostgres(${JSON.stringify({ folder, settings })});
    console.log(postgres.pid);
    setInterval(() => undefined, 1000);`;
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', '--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: new URL('..', import.meta.url) },
  );
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    pid: child.pid!,
    server: Number(line),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('an embedded Postgres', { timeout: 120_000 }, () => {
  it('listens on loopback with a password of its own, in a folder that only its owner reads', async () => {
    const postgres = await start();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'data', 'retort.password'))).mode & 0o777).toBe(0o600);
    await withDatabase(postgres, async (database) => {
      const { rows } = await database.query('select current_setting($1) as addresses', ['listen_addresses']);
      expect(rows).toEqual([{ addresses: '127.0.0.1' }]);
      expect((await database.query("select current_setting('fsync') as fsync")).rows).toEqual([{ fsync: 'on' }]);
      await database.query('create table if not exists kept (value int primary key)');
    });
    const wrong = connectDatabase({ url: postgres.url().replace(/:[^:@/]+@/, ':wrong@') });
    await expect(wrong.query('select 1')).rejects.toMatchObject({ code: '28P01' });
    await wrong.close();
    await postgres.stop();
    expect(await runs(postgres.pid)).toBe(false);
  });

  it('refuses a second owner of its folder while the first lives', async () => {
    const postgres = await start();
    await expect(start()).rejects.toMatchObject({ code: 'postgres.folder-in-use', detail: { status: 409 } });
    await postgres.stop();
  });

  it('has every acknowledged row after the server was killed and started again', async () => {
    const postgres = await start();
    const acknowledged = await withDatabase(postgres, async (database) => {
      await database.query('truncate kept');
      let killed: Promise<void> | undefined;
      const values = await insertUntilItFails(database, (count) => {
        if (count === 200) killed = postgres.kill();
      });
      await killed;
      return values;
    });
    const again = await start();
    const kept = await withDatabase(again, (database) =>
      database.query<{ value: number }>('select value from kept order by value'),
    );
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    expect(kept.rows.map((row) => row.value)).toEqual(expect.arrayContaining(acknowledged));
    await again.stop();
  });

  it('starts a server that died by itself again, on the same port', async () => {
    const postgres = await start();
    const { pid, port } = postgres;
    process.kill(pid, 'SIGKILL');
    while (postgres.pid === pid) await delay(10);
    expect(postgres.port).toBe(port);
    await withDatabase(postgres, (database) => database.query('select count(*) from kept'));
    await postgres.stop();
  });

  it('goes when its owner is killed, and the next start takes the folder over', async () => {
    const first = await startElsewhere();
    await first.kill();
    const postgres = await start();
    expect(postgres.pid).not.toBe(first.server);
    expect(await runs(first.server)).toBe(false);
    await withDatabase(postgres, (database) => database.query('select count(*) from kept'));
    await postgres.stop();
  });

  it('starts beside a lock file whose process id now belongs to another program', async () => {
    const postgres = await start();
    const lock = join(folder, 'data', 'postmaster.pid');
    const content = (await readFile(lock, 'utf8')).split('\n');
    await postgres.kill();
    const bystander = spawn('sleep', ['3600'], { stdio: 'ignore' });
    await writeFile(lock, [bystander.pid, ...content.slice(1)].join('\n'));
    const again = await start();
    expect(bystander.exitCode).toBeNull();
    await withDatabase(again, (database) => database.query('select count(*) from kept'));
    await again.stop();
    bystander.kill('SIGKILL');
  });

  it('clears away a set-up that was interrupted half-way', async () => {
    const leftover = join(folder, 'data.new-interrupted');
    await mkdir(leftover);
    await writeFile(join(leftover, 'PG_VERSION'), '17');
    const postgres = await start();
    await postgres.stop();
    await expect(access(leftover)).rejects.toThrow();
  });

  it('says in one error why the server did not start', async () => {
    const starting = startEmbeddedPostgres({ folder, settings: { shared_buffers: 'a lot' } });
    await expect(starting).rejects.toMatchObject({
      code: 'postgres.start',
      message: expect.stringContaining('shared_buffers') as string,
    });
    await (await start()).stop(); // and the folder is free again
  });

  it('leaves nothing behind when it was ephemeral, also when its owner was killed', async () => {
    const ephemeral = await mkdtemp(join(tmpdir(), 'retort-ephemeral-'));
    const script = `
      import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
      await startEmbeddedPostgres(${JSON.stringify({ folder: ephemeral, settings, ephemeral: true })});
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', '--input-type=module', '--eval', script],
      { stdio: 'ignore', cwd: new URL('..', import.meta.url) },
    );
    await once(child, 'exit');
    const gone = () =>
      access(ephemeral).then(
        () => false,
        () => true,
      );
    while (!(await gone())) await delay(20);
  });
});
