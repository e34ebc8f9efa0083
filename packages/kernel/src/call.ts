import { digestOf } from './digest.ts';
import { canonicalJson, type JsonObject, type JsonValue } from './json.ts';

/** What a teacher or a student answers: a tool and its arguments, or no tool (`tool: null`). */
export interface Call {
  tool: string | null;
  parameters: JsonObject;
}

/** What is known of a call that was made: `parameters` is null where its arguments are not known. */
export interface RecordedCall {
  tool: string | null;
  parameters: JsonObject | null;
}

/** The canonical form of a call: two calls agree when, and only when, these are equal.
 *  Keys are sorted and numbers normalised (1.0 and 1 are one number, -0 is 0); strings are compared as they are.
 *  Arguments that are not known have a form of their own, which is that of no others. */
export function canonicalCall(call: RecordedCall): string {
  return canonicalJson([call.tool, call.tool === null ? {} : withoutNegativeZero(call.parameters)]);
}

/** The canonical form of a turn, one whole answer: its calls in any order, for calls of one answer are made side by side.
 *  No call at all (words) is the empty turn. */
export function canonicalTurn(calls: readonly RecordedCall[]): string {
  return `[${calls
    .filter(({ tool }) => tool !== null)
    .map(canonicalCall)
    .sort()
    .join(',')}]`;
}

/** Of a request, or of an answer to it: equal when, and only when, the context and the turn are. 128 bits in hexadecimal. */
export function answerKey(context: JsonObject, calls?: readonly RecordedCall[]): string {
  const answer = calls === undefined ? '' : canonicalTurn(calls);
  return digestOf(`${canonicalJson(context)}\n${answer}`).slice('sha256:'.length, 'sha256:'.length + 32);
}

function withoutNegativeZero(value: JsonValue): JsonValue {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutNegativeZero(member)]));
  return value;
}
