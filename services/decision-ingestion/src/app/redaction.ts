import { redactor, type PrivacyPolicy, type Redacted } from '@retort/privacy';
import { fault, type JsonObject } from '@retort/kernel';
import { parseJson } from '../domain/parse-json.ts';

declare const redacted: unique symbol;
/** A decision as it may be stored. Nothing else of what was posted is written anywhere, logs and digests included. */
export type RedactedText = string & { readonly [redacted]: true };

/** @throws `decisions.not-redactable` (422) where the rules cannot be followed; and, as whoever parses it would,
 *          `decisions.malformed-json`, `decisions.unstorable`, `decisions.invalid` (400) */
export interface Redaction {
  /** Whether anything is redacted at all. */
  isOn: boolean;
  decision(text: string): RedactedText;
  outcome<Outcome extends object>(outcome: Outcome): { outcome: Outcome; redactions?: Record<string, number> };
  /** An identifier that is about to be stored. */
  identifier(text: string, name: string): void;
}

export function redactionBy(policy: PrivacyPolicy | null): Redaction {
  if (policy === null)
    return {
      isOn: false,
      decision: (text) => text as RedactedText,
      outcome: (outcome) => ({ outcome }),
      identifier: () => undefined,
    };
  const rules = redactor(policy.redaction);
  return {
    isOn: true,
    decision(text) {
      const { value, redactions } = rules.decision(objectIn(text));
      // Written anew also where no rule fired: a text may hold a member twice, and only the last of them was looked at.
      return JSON.stringify(withCounts(value, redactions)) as RedactedText;
    },
    outcome: <Outcome extends object>(outcome: Outcome) => {
      const { value, redactions }: Redacted = rules.outcome(outcome as JsonObject);
      return withCounts({ outcome: value as Outcome }, redactions);
    },
    identifier: rules.identifier,
  };
}

function withCounts<Content extends object>(content: Content, redactions: Record<string, number>) {
  return Object.keys(redactions).length === 0 ? content : { ...content, redactions };
}

function objectIn(text: string): JsonObject {
  const value = parseJson(text);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  throw fault('decisions.invalid', {
    public: 'The decision does not satisfy its schema.',
    errors: [{ pointer: '', message: 'expected an object' }],
  });
}
