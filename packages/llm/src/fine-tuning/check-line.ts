import { canonicalJson, type JsonObject, type JsonValue } from '@retort/kernel';
import type { FileViolation } from './violation.ts';

/** Whether arguments satisfy the JSON Schema of their tool; a tool without one takes none. */
export type AcceptsArguments = (schema: JsonObject | undefined, parameters: JsonObject) => boolean;

/** A conversation that ends with what the model should say, and the tools it may call. */
export interface LinePart {
  messages: readonly Message[];
  /** Schema of each tool's parameters, by name. */
  tools: ReadonlyMap<string, JsonObject | undefined>;
}

type Message = JsonObject;
type Violation = Pick<FileViolation, 'code' | 'message'>;

/** What a line of text consists of. A preference is two conversations with one request. */
export function lineParts(
  text: string,
  method: 'supervised' | 'dpo',
): { conversations: LinePart[]; request: string } | { malformed: string } {
  const line = objectOf(parse(text));
  if (!line) return { malformed: 'The line is no JSON object.' };
  const input = method === 'dpo' ? objectOf(line['input']) : line;
  const messages = messagesOf(input?.['messages']);
  if (!input || !messages) return { malformed: 'There are no messages.' };
  const tools = new Map(listOf(input['tools']).map(toolOf));
  if (method === 'supervised')
    return {
      conversations: [{ messages, tools }],
      request: canonicalJson([messages.slice(0, -1), input['tools'] ?? null]),
    };
  const outputs = ['preferred_output', 'non_preferred_output'].map((name) => messagesOf(line[name]));
  if (outputs.some((output) => output?.length !== 1))
    return { malformed: 'A preference has exactly one preferred and one non-preferred output.' };
  return {
    conversations: outputs.map((output) => ({ messages: [...messages, ...output!], tools })),
    request: canonicalJson([messages, input['tools'] ?? null]),
  };
}

export function checkMessages({ messages, tools }: LinePart, accepts: AcceptsArguments): Violation[] {
  const violations: Violation[] = [];
  const add = (code: Violation['code'], message: string) => violations.push({ code, message });
  if (messages.at(-1)?.['role'] !== 'assistant') add('last-not-assistant', 'The last message is not the assistant’s.');
  const ids = new Set<string>();
  messages.forEach((message, index) => {
    for (const call of listOf(message['tool_calls']).map((one) => objectOf(one) ?? {})) {
      const id = String(call['id']);
      if (ids.has(id)) add('duplicate-id', `Two tool calls have the id ${id}.`);
      ids.add(id);
      checkCall(objectOf(call['function']) ?? {}, { tools, accepts, add });
      const answered = messages
        .slice(index + 1)
        .some((later) => later['role'] === 'tool' && later['tool_call_id'] === id);
      if (index < messages.length - 1 && !answered) add('call-unanswered', `The call ${id} has no answer.`);
    }
  });
  return violations;
}

function checkCall(
  called: JsonObject,
  parts: Pick<LinePart, 'tools'> & {
    accepts: AcceptsArguments;
    add(code: Violation['code'], message: string): void;
  },
): void {
  const { tools, accepts, add } = parts;
  const { name, arguments: written } = called;
  if (typeof name !== 'string' || !tools.has(name))
    return add('tool-unknown', `${String(name)} is not among the tools.`);
  if (typeof written !== 'string') return add('arguments-not-string', `The arguments of ${name} are no string.`);
  const parameters = objectOf(parse(written));
  if (!parameters || !accepts(tools.get(name), parameters))
    add('arguments-invalid', `The arguments of ${name} do not satisfy its schema.`);
}

function toolOf(tool: JsonValue): [string, JsonObject | undefined] {
  const definition = objectOf(objectOf(tool)?.['function']);
  return [String(definition?.['name']), objectOf(definition?.['parameters'])];
}

function messagesOf(value: JsonValue | undefined): Message[] | undefined {
  const messages = listOf(value).map(objectOf);
  return messages.length > 0 && messages.every((message) => message !== undefined) ? messages : undefined;
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
