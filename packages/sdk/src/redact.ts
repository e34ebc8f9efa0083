import type { Json } from './snapshot.ts';

type Scalar = string | number | boolean | null;

/** Gives the value to send instead. Called for every text and number that may say something about a person; `pointer`
 *  points to it in the decision (RFC 6901), e.g. `/context/customer/iban`. Synchronous. */
export type Redact = (value: string | number, pointer: string) => Scalar;

/** What an agent says about itself. The rest is about its users, and so is whatever else it may put into a decision. */
const itsOwn = new Set([
  'id',
  'agent_id',
  'timestamp',
  'tools_available',
  'toolset',
  'tool_selected',
  'decided_by',
  'teacher_model',
  'teacher_confidence',
  'teacher_probabilities',
  'answer',
  'exchange',
]);
const ofACall = /^\/tool_calls\/\d+\/(id|tool)$/;

/** A decision with every value about its users redacted. A value whose redactor throws, or answers with anything that is
 *  not a scalar (a promise, for one), is blanked: a text to '', a number to null. Keys stay. */
export function redactDecision(decision: { [key: string]: Json }, redact: Redact): { [key: string]: Json } {
  return Object.fromEntries(
    Object.entries(decision).map(([member, value]) => [
      member,
      itsOwn.has(member) ? value : redactValue(value, below('', member), redact),
    ]),
  );
}

function redactValue(value: Json, pointer: string, redact: Redact): Json {
  if (typeof value === 'string' || typeof value === 'number') return redactScalar(value, pointer, redact);
  if (Array.isArray(value)) return value.map((item, index) => redactValue(item, `${pointer}/${index}`, redact));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redactValue(item, below(pointer, key), redact)]),
  );
}

const below = (pointer: string, key: string) => `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function redactScalar(value: string | number, pointer: string, redact: Redact): Scalar {
  if (ofACall.test(pointer)) return value;
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
