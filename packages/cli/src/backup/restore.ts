import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { verifyAuditEvents } from '@retort/contracts';
import { digestOf, fault } from '@retort/kernel';
import { copyTree } from '@retort/postgres';
import { connectApi } from '../api.ts';
import { launchPlatform } from '../platform.ts';
import { isArtifact, kindOfMachine, newFolder } from './backup.ts';
import { readManifest } from './manifest.ts';

export interface Restored {
  made_at: string;
  artifacts: number;
  /** Events that the hash chain covers, all of them found as they were. */
  events: number;
  head_hash: string | null;
}

/** Makes a data folder of a backup, starts the platform on it, and compares artifacts with their digests and the log with
 *  its hash chain.
 *  @throws `cli.no-backup`, `cli.backup-of-another-machine` (400), `cli.folder-not-empty` (409), `cli.backup-damaged` (500) */
export async function restore({ source, data }: { source: string; data: string }): Promise<Restored> {
  const manifest = await readManifest(source);
  if (manifest.platform !== kindOfMachine)
    throw fault('cli.backup-of-another-machine', {
      public: `The backup was made on ${manifest.platform}; its database does not start on ${kindOfMachine}.`,
    });
  await newFolder(data);
  const database = await copyTree(join(source, 'postgres'), join(data, 'postgres'));
  const artifacts = await copyTree(join(source, 'artifacts'), join(data, 'artifacts')).catch(() => ({ files: 0 }));
  if (database.files < manifest.database_files || artifacts.files < manifest.artifacts)
    throw damaged(`${source} lacks files that its manifest counts.`);
  await checkArtifacts(join(data, 'artifacts'));
  const { events, head_hash } = await checkLog(data);
  return { made_at: manifest.made_at, artifacts: artifacts.files, events, head_hash };
}

async function checkArtifacts(folder: string): Promise<void> {
  for (const path of await readdir(folder, { recursive: true }).catch(() => []))
    if (isArtifact(path) && digestOf(await readFile(join(folder, path))) !== `sha256:${basename(path)}`)
      throw damaged(`The artifact sha256:${basename(path)} is not what its digest says.`);
}

async function checkLog(data: string) {
  const platform = await launchPlatform({ folder: data, port: 0 });
  try {
    const verified = await connectApi(platform).call(verifyAuditEvents);
    if (!verified.intact)
      throw damaged(`The log is not what its hash chain says: ${JSON.stringify(verified.first_difference)}.`);
    return verified;
  } finally {
    await platform.stop();
  }
}

function damaged(message: string) {
  return fault('cli.backup-damaged', { public: message });
}
