import { chmod, chown, copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fault } from '@retort/kernel';
import pg from 'pg';
import { isRunning } from '../embedded/processes.ts';
import { superuser } from '../embedded/initialize.ts';

export interface BaseBackup {
  /** Of the server, such as 17. */
  majorVersion: number;
  files: number;
  bytes: number;
}

/** Copies the data of the server that runs in `folder` to `target`, while it goes on: the files as they are found, and the
 *  log from where the copying began to where it ended, which makes them consistent when a server starts on them.
 *  Postgres, "Making a Base Backup Using the Low Level API". The folder's password is part of the copy.
 *  @throws `postgres.not-running` (409) when no server runs there */
export async function baseBackup({ folder, target }: { folder: string; target: string }): Promise<BaseBackup> {
  const data = join(folder, 'data');
  const client = await connect(folder, data);
  try {
    await client.query('set statement_timeout = 0');
    // Until this session ends no log is recycled that the backup needs.
    await client.query("select pg_create_physical_replication_slot('retort_backup', true, true)");
    const { rows: versions } = await client.query<{ version: number }>(
      "select current_setting('server_version_num')::int / 10000 as version",
    );
    const { rows: starts } = await client.query<{ segment: string }>(
      "select pg_walfile_name(pg_backup_start('retort', true)) as segment",
    );
    const copied = await copyTree(data, target, isPartOfBackup);
    const { rows: stops } = await client.query<{ label: string; segment: string }>(
      'select labelfile as label, pg_walfile_name(lsn) as segment from pg_backup_stop(false)',
    );
    const label = join(target, 'backup_label');
    await writeFile(label, stops[0]!.label, { mode: 0o600 });
    await keepOwner(data, label);
    const [first, last] = [starts[0]!.segment, stops[0]!.segment];
    const log = await copyTree(join(data, 'pg_wal'), join(target, 'pg_wal'), (path) =>
      isSegmentWithin(path, first, last),
    );
    return { majorVersion: versions[0]!.version, files: copied.files + log.files + 1, bytes: copied.bytes + log.bytes };
  } finally {
    await client.end();
  }
}

async function connect(folder: string, data: string): Promise<pg.Client> {
  const [pid, , , port] = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  if (!isRunning(Number(pid)) || port === undefined)
    throw fault('postgres.not-running', { public: `No database runs in ${folder}.` });
  const password = await readFile(join(data, 'retort.password'), 'utf8');
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(port),
    user: superuser,
    password,
    database: 'postgres',
  });
  await client.connect();
  return client;
}

/** What the server rebuilds or makes anew at every start; the log is copied apart. */
const emptied = /^(pg_wal|pg_dynshmem|pg_notify|pg_replslot|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\//;
const left =
  /^(postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map(\.old)?)$|(^|\/)(pgsql_tmp|pg_internal\.init)/;

function isPartOfBackup(path: string): boolean {
  return !emptied.test(path) && !left.test(path);
}

/** Segments are named by 24 hexadecimal digits in the order of the log. */
function isSegmentWithin(name: string, first: string, last: string): boolean {
  return /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last;
}

/** Copies what is wanted of a tree. A file that goes meanwhile is one that the log does
 *  without. */
export async function copyTree(
  from: string,
  to: string,
  wanted: (path: string) => boolean = () => true,
): Promise<{ files: number; bytes: number }> {
  let files = 0;
  let bytes = 0;
  await makeFolder(from, to);
  const entries = await readdir(from, { withFileTypes: true, recursive: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(from, path);
    if (!wanted(name)) continue;
    if (entry.isDirectory()) await makeFolder(path, join(to, name));
    else if (entry.isFile()) {
      await makeFolder(dirname(path), dirname(join(to, name)));
      const size = await copyIfThere(path, join(to, name));
      if (size === null) continue;
      files += 1;
      bytes += size;
    }
  }
  return { files, bytes };
}

async function copyIfThere(from: string, to: string): Promise<number | null> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  await chmod(to, 0o600);
  await keepOwner(from, to);
  return (await stat(to)).size;
}

async function makeFolder(from: string, to: string): Promise<void> {
  if ((await mkdir(to, { recursive: true, mode: 0o700 })) !== undefined) await keepOwner(from, to);
}

/** Started by root the server may run as another user. */
async function keepOwner(from: string, to: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(from);
  await chown(to, uid, gid);
}
