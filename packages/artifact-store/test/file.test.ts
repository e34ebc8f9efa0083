import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@retort/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileArtifactStore, type ArtifactStore } from '../src/index.ts';

let folder: string;
let store: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retort-artifacts-'));
  store = fileArtifactStore({ folder });
});
afterEach(() => rm(folder, { recursive: true }));

const files = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
const fileOf = (digest: string) => join(folder, 'sha256', digest.slice(7, 9), digest.slice(7));

describe('a file artifact store', () => {
  it('gives back what was put, under the digest of its content', async () => {
    const content = randomBytes(100_000);
    const { digest, bytes } = await store.put(content);
    expect({ digest, bytes }).toEqual({ digest: digestOf(content), bytes: 100_000 });
    expect(content.equals(await store.get(digest))).toBe(true);
    expect(await store.has(digest)).toBe(true);
  });

  it('keeps the same content once, also when it is put many times at once, and leaves no partial file', async () => {
    const content = randomBytes(50_000);
    await Promise.all(Array.from({ length: 8 }, () => store.put(content)));
    expect(await files()).toHaveLength(1);
  });

  it('holds an empty artifact', async () => {
    const { digest } = await store.put(new Uint8Array());
    expect((await store.get(digest)).byteLength).toBe(0);
  });

  it('answers a digest that it does not have with a 404', async () => {
    const digest = digestOf('never put');
    await expect(store.get(digest)).rejects.toMatchObject({ code: 'artifact.missing', detail: { status: 404 } });
    expect(await store.has(digest)).toBe(false);
  });

  it('never makes a path of what is not a digest', async () => {
    await writeFile(join(folder, 'secret'), 'secret');
    for (const text of [
      '../secret',
      'sha256:../../secret',
      `sha256:${'A'.repeat(64)}`,
      `sha256:${'a'.repeat(63)}/`,
      '',
    ]) {
      await expect(store.get(text)).rejects.toMatchObject({ code: 'artifact.missing' });
      expect(await store.has(text)).toBe(false);
    }
  });

  it('notices damage on reading, and mends it when the content is put again', async () => {
    const content = randomBytes(1_000);
    const { digest } = await store.put(content);
    await truncate(fileOf(digest), 999);
    await expect(store.get(digest)).rejects.toMatchObject({ code: 'artifact.corrupt', detail: { status: 500 } });
    await store.put(content);
    expect(content.equals(await store.get(digest))).toBe(true);
  });
});
