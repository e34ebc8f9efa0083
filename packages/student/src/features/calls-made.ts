import type { JsonObject, JsonValue, RecordedCall } from '@retort/kernel';

/** The calls that an agent has made about the user's last message, oldest first: those of the dialogues that end with a tool's
 *  result. Arguments are null where they cannot be read. */
export function callsSinceRequest(context: JsonObject): RecordedCall[] {
  return Object.values(context).flatMap((value) => (value === undefined ? [] : callsOfDialogue(value)));
}

function callsOfDialogue(value: JsonValue): RecordedCall[] {
  if (!Array.isArray(value) || !RESULT_ROLES.has(roleOf(value.at(-1)))) return [];
  const asked = value.findLastIndex((turn) => USER_ROLES.has(roleOf(turn)));
  return value.slice(asked + 1).flatMap((turn) => {
    const calls = objectOf(turn)?.['tool_calls'];
    return Array.isArray(calls) ? calls.flatMap(callOf) : [];
  });
}

const RESULT_ROLES = new Set(['tool', 'function']);
const USER_ROLES = new Set(['user', 'human']);

/** As conversations record a call, or as providers write it: `{name, arguments}`, or the same under `function`. */
function callOf(value: JsonValue): RecordedCall[] {
  const call = objectOf(value);
  const { name, arguments: told } = objectOf(call?.['function']) ?? call ?? {};
  return typeof name === 'string' ? [{ tool: name, parameters: argumentsOf(told) }] : [];
}

function argumentsOf(told: JsonValue | undefined): JsonObject | null {
  if (typeof told !== 'string') return objectOf(told) ?? null;
  if (told.trim() === '') return {};
  try {
    return objectOf(JSON.parse(told) as JsonValue) ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function roleOf(turn: JsonValue | undefined): string {
  const role = objectOf(turn)?.['role'];
  return typeof role === 'string' ? role.toLowerCase() : '';
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}
