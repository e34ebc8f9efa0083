import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `rt_<id>_<secret>`: the prefix lets scanners find leaked keys, the id finds the row without the secret. */
export interface Token {
  id: string;
  text: string;
  secretHash: Buffer;
}

const form = /^rt_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/;

export function newToken(): Token {
  const id = base36(randomBytes(12));
  const secret = randomBytes(32).toString('base64url');
  return { id, text: `rt_${id}_${secret}`, secretHash: hashOf(secret) };
}

/** null when the text is not formed like a key. */
export function parseToken(text: string): Token | null {
  const match = form.exec(text);
  return match ? { id: match[1]!, text, secretHash: hashOf(match[2]!) } : null;
}

export function sameSecret(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

function base36(bytes: Buffer): string {
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join('');
}
