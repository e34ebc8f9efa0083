import type { Digest } from '@retort/kernel';

/** Where models and data sets lie: content-addressed, so that a reference is also a proof. */
export interface ArtifactStore {
  /** Written atomically: a reader sees all of it or nothing. The same content twice is one artifact. */
  put(content: Uint8Array): Promise<{ digest: Digest; bytes: number }>;
  /** Verified on read.
   *  @throws `artifact.missing` (404), `artifact.corrupt` (500) when the content no longer has its digest. */
  get(digest: string): Promise<Uint8Array>;
  has(digest: string): Promise<boolean>;
}
