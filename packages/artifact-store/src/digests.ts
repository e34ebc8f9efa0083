import { fault, type Digest } from '@retort/kernel';

/** What is not a digest names no artifact, and never becomes a path or a key. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

export function missing(digest: string) {
  return fault('artifact.missing', {
    public: 'There is no artifact with this digest.',
    internal: { digest: digest.slice(0, 80) },
  });
}

export function corrupt(digest: string) {
  return fault('artifact.corrupt', {
    public: 'The artifact is damaged: its content no longer has its digest.',
    internal: { digest },
  });
}
