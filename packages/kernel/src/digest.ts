import { createHash, hash } from 'node:crypto';
import { canonicalJson } from './json.ts';

/** A content digest: lower-case hexadecimal SHA-256 with its algorithm in front. */
export type Digest = `sha256:${string}`;

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', content)}`;
}

/** The digest of the concatenation of the parts, without making it. */
export function digestOfParts(parts: Iterable<Uint8Array>): Digest {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return `sha256:${sum.digest('hex')}`;
}

/** The digest of a value's canonical JSON: equal values have equal digests, however they were written. */
export function digestOfJson(value: unknown): Digest {
  return digestOf(canonicalJson(value));
}
