import type { JsonObject, JsonValue } from '@retort/kernel';

/** The posted and the redacted form of a call's arguments, under the names they have in a decision or in one of its calls. */
interface Named {
  whole: string;
  known: string;
}
const ofDecision: Named = { whole: 'tool_parameters', known: 'known_parameters' };
const ofCall: Named = { whole: 'parameters', known: 'known_parameters' };

/** A student must not learn to say `[redacted:iban]`: arguments with something redacted in them are not known as a whole, and those
 *  of them that were left as they are stand beside. */
export function argumentsAsKnown(posted: JsonObject, redacted: JsonObject): JsonObject {
  const calls = posted['tool_calls'];
  const left = redacted['tool_calls'];
  const turn = withKnown(posted, redacted, ofDecision);
  if (!Array.isArray(calls) || !Array.isArray(left)) return turn;
  return {
    ...turn,
    tool_calls: left.map((call, index) => {
      const original = calls[index];
      return isObject(call) && isObject(original) ? withKnown(original, call, ofCall) : call;
    }),
  };
}

function withKnown(posted: JsonObject, redacted: JsonObject, { whole, known }: Named): JsonObject {
  const name = isObject(posted[whole]) ? whole : known;
  const before = posted[name];
  const now = redacted[name];
  if (!isObject(before) || JSON.stringify(before) === JSON.stringify(now)) return redacted;
  const kept = isObject(now)
    ? Object.entries(now).filter(([member, value]) => JSON.stringify(value) === JSON.stringify(before[member]))
    : [];
  return { ...redacted, [whole]: null, [known]: Object.fromEntries(kept) };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
