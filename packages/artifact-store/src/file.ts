import { randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestOf, fault, type Digest } from '@retort/kernel';
import { collectFiles, condemned } from './collect-files.ts';
import { corrupt, isDigest, missing } from './digests.ts';
import { unlessMissing } from './unless-missing.ts';
import type { ArtifactStore } from './port.ts';

/** Artifacts as files below `folder`, by digest: `sha256/ab/abcdef…`. */
export function fileArtifactStore({ folder }: { folder: string }): ArtifactStore {
  return {
    put: async (content) => {
      const digest = digestOf(content);
      const path = pathOf(folder, digest);
      // Rewritten when what lies there is damaged: putting the content again mends it. What is intact becomes as young as
      // if it were new.
      if (!(await isIntact(path, digest)) || !(await touch(path))) await writeAtomically(path, content);
      return { digest, bytes: content.byteLength };
    },
    get: async (digest) => {
      const content = await first(placesOf(pathOf(folder, digest)), (path) => readFile(path));
      if (content === undefined) throw missing(digest);
      if (digestOf(content) !== digest) throw corrupt(digest);
      return content;
    },
    has: async (digest) =>
      isDigest(digest) &&
      (await first(placesOf(pathOf(folder, digest)), (path) => access(path).then(() => true))) === true,
    remove: async (digest) => {
      const path = pathOf(folder, digest);
      await Promise.all(placesOf(path).map((place) => rm(place, { force: true })));
    },
    collect: (options) => collectFiles(join(folder, 'sha256'), options),
  };
}

/** Where an artifact may lie: a collection takes it away for a moment before it decides. */
function placesOf(path: string): string[] {
  return [path, condemned(path), path];
}

async function first<Result>(paths: string[], read: (path: string) => Promise<Result>): Promise<Result | undefined> {
  for (const path of paths) {
    const result = await unlessMissing(read(path));
    if (result !== undefined) return result;
  }
  return undefined;
}

/** False when the file is gone. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return (await unlessMissing(utimes(path, now, now).then(() => true))) ?? false;
}

/** What is not a digest names no artifact, and never becomes a path. */
function pathOf(folder: string, digest: string): string {
  if (!isDigest(digest)) throw missing(digest);
  const hex = digest.slice('sha256:'.length);
  return join(folder, 'sha256', hex.slice(0, 2), hex);
}

async function isIntact(path: string, digest: Digest): Promise<boolean> {
  const content = await unlessMissing(readFile(path));
  return content !== undefined && digestOf(content) === digest;
}

/** Whole on disk before it has its name, and the name on disk before we return. */
async function writeAtomically(path: string, content: Uint8Array): Promise<void> {
  const parent = dirname(path);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const temporary = join(parent, `.${randomUUID()}.partial`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw isFull(error) ? noSpace(error) : error;
  }
  const directory = await open(parent, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function noSpace(cause: unknown) {
  return fault('artifact.no-room', { retryAfter: 10, public: 'The disk of the artifacts is full.', cause });
}
