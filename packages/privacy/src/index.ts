export { privacyPolicy, type PrivacyPolicy } from './policy.ts';
export { redactor, type Redacted, type Redactor } from './redaction/redactor.ts';
