import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fault } from '@retort/kernel';
import type { Binaries } from './binaries.ts';
import type { Launcher } from './privileges.ts';

export const superuser = 'retort';

/** Makes the database cluster when there is none, with a password of its own. It is made beside and renamed: a crash
 *  half-way leaves a folder that the next start removes, never one that looks complete.
 *  @throws `postgres.initialize` (500) */
export async function initializeData(options: {
  folder: string;
  binaries: Binaries;
  launcher: Launcher;
  /** Flush the new files to disk. */
  sync: boolean;
}): Promise<{ data: string; password: string }> {
  const { folder } = options;
  const data = join(folder, 'data');
  for (const name of await readdir(folder))
    if (name.startsWith('data.new-')) await rm(join(folder, name), { recursive: true, force: true });
  const initialized = await access(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (!initialized) await initialize({ ...options, data });
  return { data, password: await readFile(join(data, 'retort.password'), 'utf8') };
}

async function initialize(options: {
  folder: string;
  data: string;
  binaries: Binaries;
  launcher: Launcher;
  sync: boolean;
}): Promise<void> {
  const { binaries, launcher } = options;
  const suffix = randomBytes(6).toString('hex');
  const fresh = join(options.folder, `data.new-${suffix}`);
  const passwordFile = join(options.folder, `data.new-${suffix}.password`);
  await mkdir(fresh, { mode: 0o700 });
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  if (launcher.user) for (const path of [fresh, passwordFile]) await chown(path, launcher.user.uid, launcher.user.gid);
  const [command, ...args] = [
    ...launcher.prefix,
    binaries.initdb,
    `--pgdata=${fresh}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules on every machine, without asking its C library.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
    ...(options.sync ? [] : ['--no-sync']),
  ] as [string, ...string[]];
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: serverEnvironment(binaries),
    cwd: options.folder,
    ...launcher.user,
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [errors, code] = await Promise.all([text(child.stderr), exited]);
  if (code !== 0)
    throw fault('postgres.initialize', {
      public: `The database could not be set up in ${options.folder}: ${errors.trim()}`,
    });
  await rename(passwordFile, join(fresh, 'retort.password'));
  await rename(fresh, options.data);
}

/** Nothing of ours leaks in: PGPORT, PGDATA or a locale of the caller would change how the server starts. */
export function serverEnvironment(binaries: Binaries): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: binaries.libraries };
}
