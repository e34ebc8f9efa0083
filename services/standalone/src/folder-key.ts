import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scopes } from '@retort/contracts';
import type { ApiKeys } from '@retort/service-kit';

export const keyFileOf = (folder: string): string => join(folder, 'start.key');

/** The key of all scopes that lies in the data folder (mode 0600). It is made anew when it is not there, or no longer valid. */
export async function folderKey(
  keys: ApiKeys,
  { folder, tenant }: { folder: string; tenant: string },
): Promise<string> {
  const path = keyFileOf(folder);
  const kept = await readIfThere(path);
  if (kept !== null && (await isValid(keys, kept, tenant))) return kept;
  const { secret } = await keys.create({ tenant, name: 'of the data folder', scopes: [...scopes] });
  const fresh = `${path}.new`;
  await writeFile(fresh, `${secret}\n`, { mode: 0o600 });
  await rename(fresh, path);
  return secret;
}

async function isValid(keys: ApiKeys, secret: string, tenant: string): Promise<boolean> {
  const verified = await keys.verify(secret);
  return 'key' in verified && verified.key.tenant === tenant;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
