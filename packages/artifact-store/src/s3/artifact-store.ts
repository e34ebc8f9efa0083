import { setTimeout as delay } from 'node:timers/promises';
import { digestOf } from '@retort/kernel';
import { corrupt, isDigest, missing } from '../digests.ts';
import type { ArtifactStore } from '../port.ts';
import { s3Client, type S3Client, type S3Options } from './client.ts';
import { collectObjects, type Places } from './collect.ts';
import { unavailable } from './faults.ts';
import { upload } from './upload.ts';

export interface S3ArtifactStoreOptions extends S3Options {
  /** What the keys of the platform's objects begin with, such as `retort/`; nothing when absent. */
  prefix?: string;
  /** What is larger goes in parts of this size; 16 MiB when absent. */
  partBytes?: number;
}

/** A collection that left its mark longer ago than this has ended: its last request would have been answered or given up. */
const markHoldsMs = 10 * 60_000;
const lookAgainMs = 100;

/** Artifacts as objects in a bucket of S3, or of a server that speaks its protocol and is strongly consistent as S3 is: by
 *  digest, `sha256/ab/abcdef…`. */
export function s3ArtifactStore({
  prefix = '',
  partBytes = 16 * 1_048_576,
  ...options
}: S3ArtifactStoreOptions): ArtifactStore {
  const client = s3Client(options);
  const hexOf = (digest: string) => digest.slice('sha256:'.length);
  const places: Places = {
    prefix: `${prefix}sha256/`,
    keyOf: (digest) => `${prefix}sha256/${hexOf(digest).slice(0, 2)}/${hexOf(digest)}`,
    markOf: (digest) => `${prefix}condemned/${hexOf(digest)}`,
  };
  return {
    put: async (content) => {
      const digest = digestOf(content);
      const key = places.keyOf(digest);
      // Always anew: that mends what is damaged, and makes young what is old.
      const bytes = new Uint8Array(content);
      const write = () => upload(client, { key, content: bytes, partBytes });
      await write();
      await passedOver(client, places.markOf(digest));
      if (!(await client.send({ method: 'HEAD', key }))) await write();
      return { digest, bytes: content.byteLength };
    },
    get: async (digest) => {
      if (!isDigest(digest)) throw missing(digest);
      const found = await client.send({ method: 'GET', key: places.keyOf(digest) });
      if (!found) throw missing(digest);
      if (digestOf(found.body) !== digest) throw corrupt(digest);
      return found.body;
    },
    has: async (digest) =>
      isDigest(digest) && (await client.send({ method: 'HEAD', key: places.keyOf(digest) })) !== null,
    remove: async (digest) => {
      if (!isDigest(digest)) throw missing(digest);
      await client.send({ method: 'DELETE', key: places.keyOf(digest) });
    },
    collect: (options) => collectObjects(client, places, options),
  };
}

/** Waits until no collection is about to remove what was put. */
async function passedOver(client: S3Client, mark: string): Promise<void> {
  const until = Date.now() + markHoldsMs;
  for (;;) {
    const found = await client.send({ method: 'HEAD', key: mark });
    if (!found || Date.now() - Date.parse(found.headers.get('last-modified') ?? '') > markHoldsMs) return;
    if (Date.now() > until) throw unavailable('a collection of artifacts does not end', null);
    await delay(lookAgainMs);
  }
}
