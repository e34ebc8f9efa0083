import type { Digest } from '@retort/kernel';

/** Where models and data sets lie: content-addressed, so that a reference is also a proof. */
export interface ArtifactStore {
  /** Written atomically: a reader sees all of it or nothing. The same content twice is one artifact. */
  put(content: Uint8Array): Promise<{ digest: Digest; bytes: number }>;
  /** Verified on read.
   *  @throws `artifact.missing` (404), `artifact.corrupt` (500) when the content no longer has its digest. */
  get(digest: string): Promise<Uint8Array>;
  has(digest: string): Promise<boolean>;
  /** Removes one, whoever refers to it. */
  remove(digest: string): Promise<void>;
  /** Removes what nobody keeps. An artifact that is put again while it is being removed stays. */
  collect(options: CollectOptions): Promise<Collected>;
}

export interface CollectOptions {
  /** What was put at this moment or later stays: whoever puts an artifact refers to it only afterwards. */
  putBefore: Date;
  keep(digest: Digest): boolean;
  /** Artifacts to remove at most. */
  atMost: number;
}

export interface Collected {
  /** Artifacts that were looked at. */
  examined: number;
  removed: number;
  /** Of those that were removed. */
  bytes: number;
}
