export { localKeyManagement } from './adapters/local-key-management.ts';
export { haveDataKeys, migrateDataKeys, postgresDataKeys } from './adapters/postgres-data-keys.ts';
export { encryption, type Encryption, type Privacy, type Subject } from './encryption.ts';
export { privacyPolicy, type PrivacyPolicy } from './policy.ts';
export { redactor, type Redacted } from './redaction/redactor.ts';
