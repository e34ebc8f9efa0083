import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { fault } from '@retort/kernel';
import type { Binaries } from './binaries.ts';
import { serverEnvironment, superuser } from './initialize.ts';
import type { Launcher } from './privileges.ts';

export interface Postmaster {
  pid: number;
  port: number;
  /** Resolves when the process has ended; by itself it keeps no process of ours alive. */
  ended: Promise<void>;
  /** From now on this process stays until the server has ended. */
  hold(): void;
}

export interface PostmasterOptions {
  folder: string;
  data: string;
  password: string;
  /** 0 for any free one. */
  port: number;
  settings: Readonly<Record<string, string>>;
  binaries: Binaries;
  launcher: Launcher;
}

/** For a machine that does other work too. */
const defaultSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  wal_compression: 'on',
  max_wal_size: '2GB',
  jit: 'off',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] ',
};

const startPatienceMs = 300_000; // recovery after a crash replays up to max_wal_size
const handoverPatienceMs = 15_000;

/** Starts the server and resolves when it takes connections.
 *  @throws `postgres.start` (500) with the end of the server's log. */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const handoverDeadline = Date.now() + handoverPatienceMs;
  for (;;) {
    const port = options.port === 0 ? await freePort() : options.port;
    const failure = await attempt(options, port);
    if ('pid' in failure) return failure;
    // Backends of a server that was killed leave within moments; a port that seemed free may have been taken.
    const passing = /shared memory block|lock file .* already exists/i.test(failure.log);
    const portTaken = /could not bind|address already in use/i.test(failure.log);
    if ((!passing && !portTaken) || Date.now() > handoverDeadline)
      throw fault('postgres.start', {
        public: `The database server in ${options.folder} did not start: ${failure.log.trim() || 'no reason given'}`,
      });
    await delay(100);
  }
}

async function attempt(options: PostmasterOptions, port: number): Promise<Postmaster | { log: string }> {
  const logPath = join(options.folder, 'server.log');
  const log = await open(logPath, 'a', 0o600);
  const logStart = (await log.stat()).size;
  const child = launch(options, port, log.fd);
  // Listened for before anything is waited for: a server that refuses its settings is gone at once.
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined, // could not be started at all: ended just as well
  );
  await log.close();
  let running = true;
  void ended.then(() => (running = false));
  const deadline = Date.now() + startPatienceMs;
  while (running && Date.now() < deadline) {
    if ((await isReady(options.data, child.pid!)) && (await answers(port, options.password))) {
      child.unref();
      return { pid: child.pid!, port, ended, hold: () => child.ref() };
    }
    await Promise.race([ended, delay(20)]);
  }
  child.kill('SIGQUIT');
  await ended;
  return { log: (await readFile(logPath)).subarray(logStart).toString('utf8').slice(-4_000) };
}

function launch({ data, settings, binaries, launcher }: PostmasterOptions, port: number, log: number): ChildProcess {
  const all: Record<string, string> = { ...defaultSettings, ...settings, port: String(port) };
  const [command, ...args] = [
    ...launcher.prefix,
    binaries.postgres,
    '-D',
    data,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ] as [string, ...string[]];
  return spawn(command, args, {
    // A process group of its own: the terminal's Ctrl-C reaches us, and we decide when the server goes.
    detached: true,
    stdio: ['ignore', log, log],
    env: serverEnvironment(binaries),
    cwd: data,
    ...launcher.user,
  });
}

/** The eighth line of the server's lock file says how far it is. */
async function isReady(data: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

async function answers(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: superuser, password, database: 'postgres' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false; // it said so a moment ago and has gone since
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
