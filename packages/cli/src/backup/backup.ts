import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fault, isFault } from '@retort/kernel';
import { baseBackup, copyTree, startEmbeddedPostgres, type BaseBackup } from '@retort/postgres';
import { writeManifest, type BackupManifest } from './manifest.ts';

export const kindOfMachine = `${process.platform}-${process.arch}`;

/** Copies a data folder to `target`, whether the platform runs on it or not. The artifacts come after the database: whatever
 *  that refers to was there before.
 *  @throws `cli.folder-not-empty` (409) */
export async function backup({ data, target }: { data: string; target: string }): Promise<BackupManifest> {
  await newFolder(target);
  const database = await backupDatabase(join(data, 'postgres'), join(target, 'postgres', 'data'));
  const artifacts = await copyTree(join(data, 'artifacts'), join(target, 'artifacts'), isArtifact).catch(noneYet);
  const manifest: BackupManifest = {
    format: 1,
    made_at: new Date().toISOString(),
    postgres_version: database.majorVersion,
    platform: kindOfMachine,
    database_files: database.files,
    artifacts: artifacts.files,
    bytes: database.bytes + artifacts.bytes,
  };
  await writeManifest(target, manifest);
  return manifest;
}

async function backupDatabase(folder: string, target: string): Promise<BaseBackup> {
  try {
    return await baseBackup({ folder, target });
  } catch (error) {
    if (!isFault(error, 'postgres.not-running')) throw error;
  }
  const server = await startEmbeddedPostgres({ folder });
  try {
    return await baseBackup({ folder, target });
  } finally {
    await server.stop();
  }
}

/** Named by their digests; those still being written are not. */
export function isArtifact(path: string): boolean {
  return /^sha256\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(path);
}

function noneYet(error: NodeJS.ErrnoException) {
  if (error.code === 'ENOENT') return { files: 0, bytes: 0 };
  throw error;
}

/** @throws `cli.folder-not-empty` (409) */
export async function newFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw fault('cli.folder-not-empty', {
      public: `${folder} is not empty. Choose a folder that is, or that is not there.`,
    });
}
