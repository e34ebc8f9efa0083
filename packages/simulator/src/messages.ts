import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject, JsonValue } from '@retort/kernel';

/** The part of an OpenAI chat message that text travels in. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}
export interface ChatTool {
  type: 'function';
  function: { name: string; description?: string; parameters?: JsonObject };
}

/** How an agent puts a request to its teacher: the structured context as JSON in the system message, then the history,
 *  then the query. Nothing but `context` and `tools` is looked at. */
export function requestToMessages(request: { context: JsonObject; tools: readonly ToolDefinition[] }): {
  messages: ChatMessage[];
  tools: ChatTool[];
} {
  const { query, history, ...facts } = request.context;
  return {
    messages: [
      { role: 'system', content: `Decide which tool to call, if any.\nContext: ${JSON.stringify(facts)}` },
      ...turnsOf(history),
      { role: 'user', content: typeof query === 'string' ? query : JSON.stringify(query ?? null) },
    ],
    tools: request.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, ...(description === undefined ? {} : { description }), ...(parameters ? { parameters } : {}) },
    })),
  };
}

function turnsOf(history: JsonValue | undefined): ChatMessage[] {
  if (!Array.isArray(history)) return [];
  return history.flatMap((turn) => {
    if (turn === null || typeof turn !== 'object' || Array.isArray(turn)) return [];
    const { role, content } = turn;
    return (role === 'user' || role === 'assistant') && typeof content === 'string' ? [{ role, content }] : [];
  });
}

/** A message as it arrives: text, or text in parts, or none (an assistant that only called tools). */
export interface ReceivedMessage {
  role: string;
  content?: string | null | readonly { type: string; text?: string }[];
}

/** Reads messages back into a context. The facts are the last JSON object in a system (or developer) message; where
 *  there is none, the last user message may itself be the whole context as JSON. */
export function messagesToContext(messages: readonly ReceivedMessage[]): JsonObject {
  const texts = messages.map(({ role, content }) => ({ role, content: textOf(content) }));
  const system = texts.filter(({ role }) => role === 'system' || role === 'developer');
  const facts = system.map(({ content }) => lastJsonObject(content)).findLast((found) => found !== undefined);
  const last = texts.findLastIndex(({ role }) => role === 'user');
  const query = texts[last]?.content ?? '';
  const whole = lastJsonObject(query);
  if (typeof whole?.['query'] === 'string') return { ...facts, ...whole };
  const history = texts
    .slice(0, Math.max(0, last))
    .filter(({ role, content }) => (role === 'user' || role === 'assistant') && content !== '')
    .map(({ role, content }) => ({ role, content }));
  return { ...facts, query, ...(history.length > 0 ? { history } : {}) };
}

function textOf(content: ReceivedMessage['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('\n');
}

/** The last outermost `{…}` of a text that parses as a JSON object. */
function lastJsonObject(text: string): JsonObject | undefined {
  let found: JsonObject | undefined;
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = depth > 0;
    else if (character === '{') {
      if (depth++ === 0) start = at;
    } else if (character === '}' && depth > 0 && --depth === 0)
      found = parsedObject(text.slice(start, at + 1)) ?? found;
  }
  return found;
}

function parsedObject(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined; // prose in braces is not a context
  }
}
