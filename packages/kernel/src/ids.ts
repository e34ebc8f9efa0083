import { hash, randomUUID } from 'node:crypto';

export type NewId = () => string;
export const newId: NewId = randomUUID;

/** UUID version 5 (RFC 9562): the same namespace and name always give the same id. */
export function nameBasedId(namespace: string, name: string): string {
  const content = Buffer.allocUnsafe(16 + Buffer.byteLength(name));
  content.write(namespace.replaceAll('-', ''), 'hex');
  content.write(name, 16);
  const sha1 = hash('sha1', content, 'buffer');
  sha1[6] = (sha1[6]! & 0x0f) | 0x50;
  sha1[8] = (sha1[8]! & 0x3f) | 0x80;
  const hex = sha1.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
