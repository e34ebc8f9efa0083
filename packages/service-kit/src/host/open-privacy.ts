import { readFile } from 'node:fs/promises';
import { fault, newId, systemClock } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import {
  encryption,
  haveDataKeys,
  localKeyManagement,
  migrateDataKeys,
  postgresDataKeys,
  privacyPolicy,
  type Privacy,
} from '@retort/privacy';
import type { InfrastructureConfig } from './infrastructure.ts';

type Config = Pick<InfrastructureConfig, 'privacy' | 'privacyKey' | 'privacyKeyFile'>;

/** What is done about personal data, and null where nothing is.
 *  @throws `config.missing` when there are encrypted data, or are to be, and no key; `config.invalid` when it is none;
 *          `privacy.wrong-key` when it is another one than before */
export async function openPrivacy(config: Config, database: Database): Promise<Privacy | null> {
  await migrateDataKeys(database);
  const policy = config.privacy ?? privacyPolicy.parse({});
  const rootKey = await rootKeyOf(config);
  if (rootKey === null) {
    if (policy.subjects.length > 0) throw missing('the subjects in RETORT_PRIVACY');
    if (await haveDataKeys(database)) throw missing('the data that are stored encrypted');
    return config.privacy ? { policy, encryption: null } : null;
  }
  const management = localKeyManagement(rootKey);
  const keys = postgresDataKeys(database);
  return {
    policy,
    encryption: await encryption({ subjects: policy.subjects, management, keys, clock: systemClock, newId }),
  };
}

async function rootKeyOf({ privacyKey, privacyKeyFile }: Config): Promise<Uint8Array | null> {
  const text = privacyKey ?? (privacyKeyFile === undefined ? null : await textIn(privacyKeyFile));
  if (text === null) return null;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === 32 && key.toString('base64').replaceAll('=', '') === text.trim().replaceAll('=', '')) return key;
  const setting = privacyKey === undefined ? 'RETORT_PRIVACY_KEY_FILE' : 'RETORT_PRIVACY_KEY';
  const message = 'expected 32 bytes in base64, as `openssl rand -base64 32` writes them';
  throw fault('config.invalid', { public: `${setting}: ${message}`, errors: [{ pointer: setting, message }] });
}

function textIn(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw fault('config.missing', { public: `RETORT_PRIVACY_KEY_FILE cannot be read: ${file}.`, cause });
  });
}

function missing(what: string) {
  return fault('config.missing', { public: `RETORT_PRIVACY_KEY or RETORT_PRIVACY_KEY_FILE is needed for ${what}.` });
}
