import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { NewEvent } from '@retort/event-store';

/** What the data of an event are encrypted with: all of these keys together, so that destroying any of them suffices. */
export interface DataKey {
  id: string;
  key: Uint8Array;
}
/** The additional data: ciphertext that is moved to another event does not open. */
export type Identity = Pick<NewEvent, 'tenant' | 'id'> & { stream: string };

const prefix = '{"sealed":{"v":1,"keys":["';
const form =
  /^\{"sealed":\{"v":1,"keys":\["([0-9a-f-]{36}(?:","[0-9a-f-]{36})*)"\],"iv":"([\w+/=]{16})","tag":"([\w+/=]{24})","data":"([\w+/=]*)"\}\}$/;
const cipher = 'aes-256-gcm';

/** JSON, as it is stored, of data encrypted with AES-256-GCM. */
export function seal(json: string, keys: readonly DataKey[], identity: Identity): string {
  const sorted = [...keys].sort((left, right) => (left.id < right.id ? -1 : 1));
  const iv = randomBytes(12);
  const encryption = createCipheriv(cipher, together(sorted), iv).setAAD(additional(identity));
  const data = Buffer.concat([encryption.update(json, 'utf8'), encryption.final()]).toString('base64');
  const tag = encryption.getAuthTag().toString('base64');
  const ids = sorted.map(({ id }) => id).join('","');
  return `${prefix}${ids}"],"iv":"${iv.toString('base64')}","tag":"${tag}","data":"${data}"}}`;
}

/** The keys that stored data are encrypted with; null where they are not encrypted. */
export function keysOf(stored: string): string[] | null {
  if (!stored.startsWith(prefix)) return null;
  const end = stored.indexOf('"]', prefix.length);
  return end < 0 ? null : stored.slice(prefix.length, end).split('","');
}

/** The JSON that was sealed; null when it does not open with these keys for this event. */
export function unseal(stored: string, keys: readonly DataKey[], identity: Identity): string | null {
  const [, ids, iv, tag, data] = form.exec(stored) ?? [];
  if (ids === undefined || iv === undefined || tag === undefined || data === undefined) return null;
  const byId = new Map(keys.map((key) => [key.id, key]));
  const needed = ids.split('","').map((id) => byId.get(id));
  if (!needed.every((key) => key !== undefined)) return null;
  try {
    const decryption = createDecipheriv(cipher, together(needed), Buffer.from(iv, 'base64'), { authTagLength: 16 });
    decryption.setAAD(additional(identity)).setAuthTag(Buffer.from(tag, 'base64'));
    return decryption.update(data, 'base64', 'utf8') + decryption.final('utf8');
  } catch {
    return null;
  }
}

/** Text of a caller that would be taken for sealed data is written so that it is not: JSON allows the blank. */
export function unmistakable(json: string): string {
  return json.startsWith(prefix) ? ` ${json}` : json;
}

function together(keys: readonly DataKey[]): Uint8Array {
  const [first] = keys;
  if (first && keys.length === 1) return first.key;
  return Buffer.from(hkdfSync('sha256', Buffer.concat(keys.map(({ key }) => key)), '', 'retort subjects', 32));
}

function additional({ tenant, stream, id }: Identity): Buffer {
  return Buffer.from(JSON.stringify([tenant, stream, id]));
}
