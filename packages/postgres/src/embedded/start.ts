import { chmod, mkdir, rm, stat, truncate } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { locateBinaries } from './binaries.ts';
import { claimFolder, recoverData, shutDown } from './folder.ts';
import { followLog } from './follow-log.ts';
import { guard } from './guard.ts';
import { initializeData, superuser } from './initialize.ts';
import { startPostmaster, type Postmaster } from './postmaster.ts';
import { chooseLauncher } from './privileges.ts';
import { ended, signal } from './processes.ts';

export interface EmbeddedPostgresOptions {
  /** Holds the data, the password and the server's log. Made when it is not there (mode 0700). */
  folder: string;
  /** TCP port on 127.0.0.1; any free one when absent or 0. */
  port?: number;
  /** Lines of the server's log. */
  onLog?: (line: string) => void;
  /** Server settings that replace the defaults. */
  settings?: Readonly<Record<string, string>>;
  /** For tests: nothing is flushed to disk and the folder is removed when the server stops or this process dies. */
  ephemeral?: boolean;
}

export interface EmbeddedPostgres {
  /** With the password in it: never to be logged. */
  url(database?: string): string;
  readonly port: number;
  /** Of the server that runs now. */
  readonly pid: number;
  /** Shuts the server down cleanly and gives the folder back. */
  stop(): Promise<void>;
  /** Ends the server as a power cut would (SIGKILL) and gives the folder back, for tests of recovery. */
  kill(): Promise<void>;
}

/** Starts a Postgres of our own. A server that dies is started again on the same port; one left by a killed process is
 *  shut down first; if this process is killed, the server shuts itself down.
 *  @throws `postgres.binaries-missing`, `postgres.root`, `postgres.initialize`, `postgres.start` (500),
 *          `postgres.folder-in-use` (409) */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const binaries = await locateBinaries();
  const release = await claimFolder(folder);
  try {
    return await start(folder, { ...options, binaries, release });
  } catch (error) {
    await release();
    throw error;
  }
}

async function start(
  folder: string,
  options: EmbeddedPostgresOptions & {
    binaries: Awaited<ReturnType<typeof locateBinaries>>;
    release: () => Promise<void>;
  },
): Promise<EmbeddedPostgres> {
  const { binaries, ephemeral = false, onLog } = options;
  const launcher = await chooseLauncher(folder);
  const { data, password } = await initializeData({ folder, binaries, launcher, sync: !ephemeral });
  const logPath = join(folder, 'server.log');
  await rollLog(logPath);
  const stopFollowing = onLog ? await followLog(logPath, onLog) : () => undefined;

  const launch = async (port: number) => {
    await recoverData(data);
    const settings = { ...(ephemeral ? { fsync: 'off', full_page_writes: 'off' } : {}), ...options.settings };
    const postmaster = await startPostmaster({ folder, data, password, port, settings, binaries, launcher });
    const dismissGuard = guard({ pid: postmaster.pid, ...(ephemeral ? { remove: folder } : {}) });
    return { ...postmaster, dismissGuard };
  };

  let current = await launch(options.port ?? 0);
  let closing = false;

  const supervise = async (watched: Postmaster): Promise<void> => {
    await watched.ended;
    for (let pause = 50; !closing; pause = Math.min(pause * 2, 5_000)) {
      current.dismissGuard();
      onLog?.(`the server (process ${watched.pid}) ended by itself and is started again`);
      try {
        current = await launch(watched.port);
        return await supervise(current);
      } catch (error) {
        onLog?.(String(error));
        await delay(pause, undefined, { ref: false });
      }
    }
  };
  const supervision = supervise(current);

  let closed: Promise<void> | undefined;
  const close = (end: (pid: number) => Promise<unknown>) =>
    (closed ??= (async () => {
      closing = true;
      // The server may be seen to have ended before its exit is told: nothing else would keep us waiting for that.
      current.hold();
      await end(current.pid);
      await supervision;
      // A restart may have been under way when we were asked to close.
      await end(current.pid);
      current.dismissGuard();
      stopFollowing();
      if (ephemeral) await rm(folder, { recursive: true, force: true });
      else await options.release();
    })());

  return {
    url: (database = 'postgres') =>
      `postgres://${superuser}:${password}@127.0.0.1:${current.port}/${encodeURIComponent(database)}`,
    get port() {
      return current.port;
    },
    get pid() {
      return current.pid;
    },
    stop: () => close(shutDown),
    kill: () =>
      close((pid) => {
        signal(pid, 'SIGKILL');
        return ended(pid, 5_000);
      }),
  };
}

async function rollLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > 10_000_000) await truncate(path);
}
