import type { DecisionInput } from '@retort/contracts';
import type { ChatMessage, ChatToolCall } from './wire.ts';

type Context = DecisionInput['context'];

/** What a decision was made from: `query` is what the user said last, `history` the dialogue before it, `steps` what
 *  was done about it since (calls and their results), and the rest are `facts`. */
export function messagesToContext(messages: readonly ChatMessage[], facts: Context = factsOf(messages)): Context {
  const turns = messages.filter((message) => !isSystem(message));
  const last = turns.findLastIndex(({ role }) => role === 'user');
  const history = turns.slice(0, Math.max(0, last)).map(turnOf);
  const steps = turns.slice(last + 1).map(turnOf);
  return {
    ...facts,
    query: textOf(turns[last]?.content),
    ...(history.length > 0 ? { history } : {}),
    ...(steps.length > 0 ? { steps } : {}),
  };
}

/** The facts an agent gives its model: the last JSON object in a system message. Prose there is the same for every
 *  decision and tells nothing apart. */
export function factsOf(messages: readonly ChatMessage[]): Context {
  return (
    messages
      .filter(isSystem)
      .map(({ content }) => lastJsonObject(textOf(content)))
      .findLast((found) => found !== undefined) ?? {}
  );
}

const isSystem = ({ role }: ChatMessage) => role === 'system' || role === 'developer';

function turnOf({ role, content, tool_calls, function_call }: ChatMessage): Context {
  const calls = (tool_calls ?? (function_call ? [{ function: function_call }] : [])).map((call: ChatToolCall) => ({
    name: call.function?.name ?? call.custom?.name ?? '',
    arguments: call.function?.arguments ?? call.custom?.input ?? '',
  }));
  return { role, content: textOf(content), ...(calls.length > 0 ? { tool_calls: calls } : {}) };
}

function textOf(content: ChatMessage['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).flatMap(({ text }) => (text === undefined ? [] : [text])).join('\n');
}

/** The last outermost `{…}` of a text that parses as a JSON object. */
function lastJsonObject(text: string): Context | undefined {
  let found: Context | undefined;
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let at = text.indexOf('{'); at >= 0 && at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = depth > 0;
    else if (character === '{') {
      if (depth++ === 0) start = at;
    } else if (character === '}' && depth > 0 && --depth === 0) found = objectOf(text.slice(start, at + 1)) ?? found;
  }
  return found;
}

/** undefined for what is not a JSON object: prose in braces, or arguments a model wrote badly. */
export function objectOf(text: string): Context | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Context) : undefined;
  } catch {
    return undefined;
  }
}
