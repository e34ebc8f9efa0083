import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '@retort/kernel';
import { commandLine, ended, isRunning, signal, startOf } from './processes.ts';

/** Marks the folder as ours, so that a second platform on it is refused instead of stopping our server. The mark of a
 *  process that has died is taken over. (Postgres has its own lock on the data: this one is for a clear message.)
 *  @throws `postgres.folder-in-use` (409) */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'owner.json');
  const mark = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  for (;;) {
    const claimed = await writeFile(path, mark, { flag: 'wx', mode: 0o600 }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (claimed) return () => unlink(path);
    const owner = parseMark(await readFile(path, 'utf8').catch(() => ''));
    if (owner && isRunning(owner.pid) && startOf(owner.pid) === owner.started)
      throw fault('postgres.folder-in-use', {
        public: `Process ${owner.pid} already runs a database in ${folder}. Stop it, or choose another data folder.`,
      });
    await unlink(path).catch(() => undefined);
  }
}

function parseMark(text: string): { pid: number; started: string } | undefined {
  try {
    return JSON.parse(text) as { pid: number; started: string };
  } catch {
    return undefined; // cut short by a crash
  }
}

/** Makes the data folder startable after a crash: a server that outlived its owner is shut down cleanly, and a lock
 *  file whose process id has since been given to another program is disarmed. */
export async function recoverData(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid');
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isRunning(pid)) return;
  if (commandLine(pid).includes(`-D ${data} `)) {
    await shutDown(pid);
    return;
  }
  // The server would see a live process and refuse. A lock file that names its own parent counts as stale, and unlike
  // a deleted one still lets the server check that no old backend holds the shared memory.
  await writeFile(path, [process.pid, ...lines.slice(1)].join('\n'));
}

/** Fast shutdown (sessions end, a checkpoint is written), then immediate (recovery at the next start), then the end. */
export async function shutDown(pid: number): Promise<void> {
  const steps = [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const;
  for (const [name, patience] of steps) {
    signal(pid, name);
    if (await ended(pid, patience)) return;
  }
}
