import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Encryption } from '@retort/privacy';

/** How a line of JSON stands on disk. */
export interface LineForm {
  write(json: string): string;
  /** Also of a line that was written in the clear, before there was a key.
   *  @throws when the line was altered, or written with another key */
  read(line: string): string;
}

export const clearLines: LineForm = { write: (json) => json, read: (line) => line };

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const keyName = 'key.wrapped';

/** Lines encrypted with a key of the folder, which lies there wrapped: without the root key nobody reads them. */
export async function sealedLines(folder: string, encryption: Pick<Encryption, 'keyOfPlatform'>): Promise<LineForm> {
  const key = await keyOf(folder, encryption);
  return {
    write(json) {
      const iv = randomBytes(ivBytes);
      const encrypting = createCipheriv(cipher, key, iv);
      const sealed = [iv, encrypting.update(json, 'utf8'), encrypting.final(), encrypting.getAuthTag()];
      return Buffer.concat(sealed).toString('base64');
    },
    read(line) {
      if (line.startsWith('{')) return line;
      const sealed = Buffer.from(line, 'base64');
      const end = sealed.length - tagBytes;
      const decrypting = createDecipheriv(cipher, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
      decrypting.setAuthTag(sealed.subarray(end));
      return decrypting.update(sealed.subarray(ivBytes, end), undefined, 'utf8') + decrypting.final('utf8');
    },
  };
}

async function keyOf(folder: string, encryption: Pick<Encryption, 'keyOfPlatform'>): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, keyName);
  const known = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  // An empty file is what a crash left before any line was written.
  const { key, wrapped } = await encryption.keyOfPlatform(known?.length ? known : null);
  if (known?.length) return key;
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(wrapped);
    await file.sync();
  } finally {
    await file.close();
  }
  return key;
}
