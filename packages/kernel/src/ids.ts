import { hash, randomUUID } from 'node:crypto';

export type NewId = () => string;
export const newId: NewId = randomUUID;

/** UUID version 7 (RFC 9562): an id that tells when it was made. */
export function timedId(now: Date): string {
  const at = now.getTime().toString(16).padStart(12, '0');
  return `${at.slice(0, 8)}-${at.slice(8)}-7${randomUUID().slice(15)}`;
}

const version7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** When an id was made, in milliseconds since 1970; null for one that does not tell. */
export function madeAt(id: string): number | null {
  const found = version7.exec(id);
  return found && parseInt(found[1]! + found[2]!, 16);
}

/** UUID version 5 (RFC 9562): the same namespace and name always give the same id. */
export function nameBasedId(namespace: string, name: string): string {
  const hex = hash('sha1', Buffer.concat([bytesOf(namespace), Buffer.from(name)]), 'hex');
  // The version is 5; of the variant's digit two bits are the hash's own.
  const variant = VARIANTS[parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const VARIANTS = '89ab';

/** Namespaces are few and read for every id. */
function bytesOf(namespace: string): Buffer {
  const known = namespaces.get(namespace) ?? Buffer.from(namespace.replaceAll('-', ''), 'hex');
  if (namespaces.size < 100) namespaces.set(namespace, known);
  return known;
}

const namespaces = new Map<string, Buffer>();
