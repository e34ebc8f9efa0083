import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { fault } from '@retort/kernel';
import type { KeyManagement } from '../keys/key-management.ts';

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Keys of tenants that follow from one root key of 32 bytes (HKDF-SHA256, RFC 5869). */
export function localKeyManagement(rootKey: Uint8Array): KeyManagement {
  const tenants = new Map<string, { wrapping: Buffer; naming: Buffer }>();
  const keysOf = (tenant: string) => {
    const known = tenants.get(tenant);
    if (known) return known;
    const derive = (use: string) => Buffer.from(hkdfSync('sha256', rootKey, '', `retort ${use} ${tenant}`, 32));
    const keys = { wrapping: derive('wrap'), naming: derive('name') };
    tenants.set(tenant, keys);
    return keys;
  };
  return {
    wrap: async (tenant, key) => {
      const iv = randomBytes(ivBytes);
      const encryption = createCipheriv(cipher, keysOf(tenant).wrapping, iv).setAAD(Buffer.from(tenant));
      return Buffer.concat([iv, encryption.update(key), encryption.final(), encryption.getAuthTag()]);
    },
    unwrap: async (tenant, wrapped) => {
      const end = wrapped.length - tagBytes;
      try {
        const decryption = createDecipheriv(cipher, keysOf(tenant).wrapping, wrapped.subarray(0, ivBytes), {
          authTagLength: tagBytes,
        });
        decryption.setAAD(Buffer.from(tenant)).setAuthTag(wrapped.subarray(end));
        return Buffer.concat([decryption.update(wrapped.subarray(ivBytes, end)), decryption.final()]);
      } catch (cause) {
        throw fault('privacy.wrong-key', {
          public: `A data key of the tenant ${tenant} was wrapped with another key than the one configured.`,
          cause,
        });
      }
    },
    pseudonym: async (tenant, text) => createHmac('sha256', keysOf(tenant).naming).update(text).digest('hex'),
  };
}
