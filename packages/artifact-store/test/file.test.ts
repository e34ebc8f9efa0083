import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileArtifactStore } from '../src/index.ts';
import { artifactStoreContract } from './contract.ts';

const longAgo = new Date(0);

/** A store in a folder of its own. */
async function startFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'retort-artifacts-'));
  const fileOf = (digest: string) => join(folder, 'sha256', digest.slice(7, 9), digest.slice(7));
  const files = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return {
    folder,
    fileOf,
    files,
    store: fileArtifactStore({ folder }),
    stored: async () => (await files()).length,
    age: (digest: string) => utimes(fileOf(digest), longAgo, longAgo),
    damage: (digest: string) => truncate(fileOf(digest), 999),
    stop: () => rm(folder, { recursive: true }),
  };
}

artifactStoreContract('folder', startFolder);

describe('a folder of artifacts', () => {
  let started: Awaited<ReturnType<typeof startFolder>>;
  beforeEach(async () => {
    started = await startFolder();
  });
  afterEach(() => started.stop());

  it('reads nothing outside of itself', async () => {
    await writeFile(join(started.folder, 'secret'), 'secret');
    await expect(started.store.get('sha256:../../secret')).rejects.toMatchObject({ code: 'artifact.missing' });
  });

  it('puts back what an interrupted collection had taken, and removes what an interrupted put has left', async () => {
    const { store, folder, fileOf, files } = started;
    const { digest } = await store.put(randomBytes(10));
    await rename(fileOf(digest), `${fileOf(digest)}.condemned`);
    expect((await store.get(digest)).byteLength).toBe(10);
    const partial = join(folder, 'sha256', digest.slice(7, 9), '.0.partial');
    await writeFile(partial, 'half');
    await utimes(partial, longAgo, longAgo);
    await store.collect({ putBefore: new Date(Date.now() - 86_400_000), keep: () => true, atMost: 1_000 });
    expect((await files()).map(({ name }) => name)).toEqual([digest.slice(7)]);
  });
});
