import { redactor, type Privacy, type Redacted } from '@retort/privacy';
import { fault, type JsonObject } from '@retort/kernel';
import { parseJson } from '../domain/parse-json.ts';

declare const redacted: unique symbol;
/** A decision as it may be stored. Nothing else of what was posted is written anywhere, logs and digests included. */
export type RedactedText = string & { readonly [redacted]: true };

export interface Admitted {
  text: RedactedText;
  /** Whom the decision is about, by pseudonym. */
  subjects: readonly string[];
}

/** What is done about personal data before anything is stored.
 *  @throws `decisions.not-redactable` (422) where the rules cannot be followed; and, as whoever parses it would,
 *          `decisions.malformed-json`, `decisions.unstorable`, `decisions.invalid` (400) */
export interface PersonalData {
  /** Whether anything is done at all. */
  isOn: boolean;
  decision(text: string, tenant: string): Admitted | Promise<Admitted>;
  outcome<Outcome extends object>(outcome: Outcome): Told<Outcome> | Promise<Told<Outcome>>;
  /** An identifier that is about to be stored. */
  identifier(text: string, name: string): void;
}

interface Told<Outcome> {
  outcome: Outcome;
  redactions?: Record<string, number>;
}

export function personalData(privacy: Privacy | null): PersonalData {
  if (privacy === null)
    return {
      isOn: false,
      decision: (text) => ({ text: text as RedactedText, subjects: nobody }),
      outcome: (outcome) => ({ outcome }),
      identifier: () => undefined,
    };
  const rules = redactor(privacy.policy.redaction);
  return {
    isOn: true,
    async decision(text, tenant) {
      const posted = objectIn(text);
      const { value, redactions } = rules.decision(posted, await rules.lookAhead.decision(posted));
      return {
        // Written anew also where no rule fired: a text may hold a member twice, and only the last of them was looked at.
        text: JSON.stringify(withCounts(value, redactions)) as RedactedText,
        subjects: (await privacy.encryption?.subjectsOf(tenant, posted)) ?? nobody,
      };
    },
    async outcome<Outcome extends object>(outcome: Outcome) {
      const posted = outcome as JsonObject;
      const { value, redactions }: Redacted = rules.outcome(posted, await rules.lookAhead.outcome(posted));
      return withCounts({ outcome: value as Outcome }, redactions);
    },
    identifier: rules.identifier,
  };
}

const nobody: readonly string[] = [];

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
