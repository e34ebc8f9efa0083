import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '@retort/kernel';
import { z } from 'zod';

/** What a backup says of itself. It is written last: a folder without it is no backup. */
export const backupManifest = z.object({
  format: z.literal(1),
  made_at: z.string(),
  /** The database's files fit servers of this major version, on this kind of machine. */
  postgres_version: z.int(),
  platform: z.string(),
  database_files: z.int(),
  artifacts: z.int(),
  bytes: z.int(),
});
export type BackupManifest = z.infer<typeof backupManifest>;

const nameOf = (folder: string) => join(folder, 'manifest.json');

export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const file = await open(nameOf(folder), 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws `cli.no-backup` (400) */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(nameOf(folder), 'utf8').catch(() => null);
  if (text === null)
    throw fault('cli.no-backup', {
      public: `${folder} is no backup, or one that was not finished: it has no manifest.`,
    });
  const parsed = backupManifest.safeParse(JSON.parse(text));
  if (!parsed.success) throw fault('cli.no-backup', { public: `The manifest of ${folder} is of another format.` });
  return parsed.data;
}
