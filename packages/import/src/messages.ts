import type { ChatMessage, ChatTool, ChatToolCall } from '@retort/conversation';
import { given, listIn, member, objectIn, textIn, unwrapped } from './shapes.ts';

/** Messages as chat completions write them, of whatever a log holds: OpenAI's own, LangChain's serialised ones, and text
 *  alone. undefined for what is no dialogue. */
export function messagesIn(value: unknown): ChatMessage[] | undefined {
  const unfolded = unwrapped(value);
  const text = textIn(unfolded);
  if (text !== undefined) return [{ role: 'user', content: text }];
  const list = listIn(unfolded);
  if (!list || list.length === 0) return undefined;
  // LangChain asks for many dialogues at once: a list of lists, nearly always of one.
  const only = list.length === 1 ? listIn(list[0]) : undefined;
  const messages = (only ?? list).map(messageIn);
  return messages.includes(undefined) ? undefined : (messages as ChatMessage[]);
}

export function messageIn(value: unknown): ChatMessage | undefined {
  const object = objectIn(unwrapped(value));
  if (!object) return undefined;
  const fields = objectIn(object['kwargs']) ?? objectIn(object['data']) ?? object;
  const role = roleOf(object, fields);
  if (role === undefined) return undefined;
  const extra = objectIn(fields['additional_kwargs']) ?? {};
  const calls = callsIn(member(fields, 'tool_calls') ?? member(extra, 'tool_calls'));
  const older = objectIn(member(fields, 'function_call') ?? member(extra, 'function_call'));
  return {
    role,
    ...given('content', contentIn(fields['content'])),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...given('tool_call_id', textIn(fields['tool_call_id'])),
    ...given(
      'function_call',
      older && { name: textIn(older['name']) ?? '', arguments: argumentsIn(older['arguments']) },
    ),
  };
}

const langChainRoles: Record<string, string> = {
  human: 'user',
  ai: 'assistant',
  AIMessageChunk: 'assistant',
  chat: 'user',
  function: 'function',
  tool: 'tool',
  system: 'system',
};

function roleOf(object: Record<string, unknown>, fields: Record<string, unknown>): string | undefined {
  const said = textIn(fields['role']);
  if (said !== undefined) return said;
  // `{ "lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"], "kwargs": … }`
  const kind = listIn(object['id'])?.at(-1);
  if (typeof kind === 'string') return langChainRoles[kind.replace(/Message(Chunk)?$/, '').toLowerCase()];
  const type = textIn(fields['type']) ?? textIn(object['type']);
  return type === undefined ? undefined : langChainRoles[type];
}

function contentIn(value: unknown): ChatMessage['content'] | undefined {
  if (typeof value === 'string' || value === null) return value;
  const parts = listIn(value);
  if (!parts) return undefined;
  return parts.map((part) => {
    const object = objectIn(part);
    if (!object) return { type: 'text', text: String(part) };
    const text = textIn(object['text']);
    return { type: textIn(object['type']) ?? 'text', ...given('text', text) };
  });
}

/** Calls in OpenAI's form, and in LangChain's (`{ name, args, id }`). */
export function callsIn(value: unknown): ChatToolCall[] {
  return (listIn(unwrapped(value)) ?? []).flatMap((item): ChatToolCall[] => {
    const call = objectIn(item);
    if (!call) return [];
    const id = given('id', textIn(call['id']) ?? textIn(call['tool_call_id']) ?? textIn(call['toolCallId']));
    const custom = objectIn(call['custom']);
    if (custom)
      return [{ ...id, custom: { name: textIn(custom['name']) ?? '', input: textIn(custom['input']) ?? '' } }];
    const called = objectIn(call['function']) ?? call;
    const name = textIn(member(called, 'name', 'toolName'));
    if (name === undefined) return [];
    return [{ ...id, function: { name, arguments: argumentsIn(member(called, 'arguments', 'args', 'input')) } }];
  });
}

function argumentsIn(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

/** Tools in OpenAI's form (of chat completions and of responses), in Anthropic's (`input_schema`), or bare. undefined where
 *  the log says nothing about tools. */
export function toolsIn(value: unknown): ChatTool[] | undefined {
  const list = listIn(unwrapped(value));
  if (!list) return undefined;
  return list.flatMap((item): ChatTool[] => {
    const tool = objectIn(unwrapped(item));
    const custom = objectIn(tool?.['custom']);
    if (custom) return [{ custom: { name: textIn(custom['name']) ?? '', ...described(custom) } }];
    const defined = objectIn(tool?.['function']) ?? tool;
    const name = textIn(defined?.['name']);
    if (!defined || name === undefined) return [];
    const parameters = objectIn(unwrapped(member(defined, 'parameters', 'input_schema', 'inputSchema')));
    return [{ function: { name, ...described(defined), ...given('parameters', parameters) } }];
  });
}

const described = (tool: Record<string, unknown>) => given('description', textIn(tool['description']));
