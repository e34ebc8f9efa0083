import type { ArtifactStore } from '@retort/artifact-store';
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';

const isArtifact = /^sha256\/[0-9a-f]{2}\/[0-9a-f]{64}$/;

/** Copies every artifact of a folder that the other store has not got; each is compared with its digest when it is read. */
export async function moveArtifacts(
  folder: string,
  { from, to, onProgress }: { from: ArtifactStore; to: ArtifactStore; onProgress(artifacts: number): void },
): Promise<{ artifacts: number; copied: number }> {
  let [artifacts, copied] = [0, 0];
  const paths = await readdir(folder, { recursive: true }).catch(noneYet);
  for (const path of paths) {
    if (!isArtifact.test(path)) continue;
    const digest = `sha256:${basename(path)}`;
    if (!(await to.has(digest))) {
      await to.put(await from.get(digest));
      copied++;
    }
    onProgress(++artifacts);
  }
  return { artifacts, copied };
}

function noneYet(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
