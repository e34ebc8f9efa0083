import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '@retort/kernel';
import type { Collected, CollectOptions } from './port.ts';
import { unlessMissing } from './unless-missing.ts';

const suffix = '.condemned';

/** Where a collection puts an artifact before it decides. */
export function condemned(path: string): string {
  return `${path}${suffix}`;
}

/** Walks the folders of artifacts and removes files: those that nobody keeps, and what an interrupted put has left. One
 *  collection of a folder runs at a time. */
export async function collectFiles(folder: string, options: CollectOptions): Promise<Collected> {
  const collected: Collected = { examined: 0, removed: 0, bytes: 0 };
  for (const part of (await unlessMissing(readdir(folder))) ?? [])
    for (const name of await readdir(join(folder, part))) {
      if (collected.removed >= options.atMost) return collected;
      await collectFile(join(folder, part), name, { options, collected });
    }
  return collected;
}

interface Collection {
  options: CollectOptions;
  collected: Collected;
}

async function collectFile(folder: string, name: string, { options, collected }: Collection): Promise<void> {
  const path = join(folder, name);
  // A collection that was interrupted had not decided: the artifact is put back.
  if (name.endsWith(suffix)) return void (await unlessMissing(rename(path, path.slice(0, -suffix.length))));
  const found = await unlessMissing(stat(path));
  if (found === undefined) return;
  const isOld = found.mtime < options.putBefore;
  if (!/^[0-9a-f]{64}$/.test(name)) {
    if (isOld && name.endsWith('.partial')) await rm(path, { force: true });
    return;
  }
  collected.examined++;
  const digest: Digest = `sha256:${name}`;
  if (!isOld || options.keep(digest) || !(await remove(path, options.putBefore))) return;
  collected.removed++;
  collected.bytes += found.size;
}

/** Takes the file away, and looks at it then: a put that came before has made it young, one that comes later finds nothing
 *  and writes it anew. */
async function remove(path: string, putBefore: Date): Promise<boolean> {
  const aside = condemned(path);
  await rename(path, aside);
  if ((await stat(aside)).mtime >= putBefore) {
    await rename(aside, path);
    return false;
  }
  await rm(aside);
  return true;
}
