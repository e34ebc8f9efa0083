import type { Json } from './snapshot.ts';

type Scalar = string | number | boolean | null;

/** Gives the value to send instead. Called for every text and number that may say something about a person; `pointer`
 *  is its place in the decision (RFC 6901), e.g. `/context/customer/iban`. Synchronous. */
export type Redact = (value: string | number, pointer: string) => Scalar;

/** What an agent says about its users. The rest (ids, names of tools, their definitions) is its own. */
const members = ['context', 'tool_parameters', 'reasoning', 'outcome', 'group'] as const;

/** A decision with every value of its members redacted. A value whose redactor throws, or answers with anything that is
 *  not a scalar (a promise, for one), is blanked: a text to '', a number to null. Keys stay. */
export function redactDecision(decision: { [key: string]: Json }, redact: Redact): { [key: string]: Json } {
  const redacted = { ...decision };
  for (const member of members) {
    const value = decision[member];
    if (value !== undefined) redacted[member] = redactValue(value, `/${member}`, redact);
  }
  return redacted;
}

function redactValue(value: Json, pointer: string, redact: Redact): Json {
  if (typeof value === 'string' || typeof value === 'number') return redactScalar(value, pointer, redact);
  if (Array.isArray(value)) return value.map((item, index) => redactValue(item, `${pointer}/${index}`, redact));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      redactValue(item, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, redact),
    ]),
  );
}

function redactScalar(value: string | number, pointer: string, redact: Redact): Scalar {
  const blank = typeof value === 'string' ? '' : null;
  try {
    const safe: unknown = redact(value, pointer);
    return isScalar(safe) ? safe : blank;
  } catch {
    return blank;
  }
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
