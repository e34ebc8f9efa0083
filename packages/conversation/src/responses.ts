import type { Answer, AnsweredCall } from './answer.ts';
import type { Protocol } from './protocol.ts';
import type { ChatMessage, ChatTool, ToolChoice } from './wire.ts';

/** The part of the Responses API that a decision is made of. */
interface ResponsesRequest {
  model?: string;
  instructions?: string | null;
  input?: string | readonly Item[];
  tools?: readonly Tool[];
  tool_choice?: Choice;
  previous_response_id?: string | null;
  conversation?: unknown;
}
interface Item {
  /** Absent from a message. */
  type?: string;
  role?: string;
  content?: ChatMessage['content'];
  /** Of a call and of its result. */
  call_id?: string;
  name?: string;
  arguments?: string;
  input?: string;
  output?: ChatMessage['content'];
}
interface Tool {
  type: string;
  name?: string;
  description?: string | null;
  parameters?: Record<string, unknown> | null;
}
type Choice = string | { type: string; name?: string; tools?: readonly { [key: string]: unknown }[] };

interface Response {
  id?: string;
  model?: string;
  status?: string;
  incomplete_details?: { reason?: string } | null;
  output?: readonly Item[];
  usage?: {
    input_tokens?: number;
    output_tokens?: number;
    input_tokens_details?: { cached_tokens?: number } | null;
  } | null;
}

/** `responses.create`, told as the chat completion that would have asked and answered the same. */
export const responses: Protocol = {
  requestOf(body) {
    const { model, instructions, input, tools, tool_choice, previous_response_id, conversation } =
      body as ResponsesRequest;
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : (input ?? []);
    return {
      messages: [
        ...(instructions ? [{ role: 'system', content: instructions }] : []),
        ...oneAnswerEach(items.flatMap((item) => messageOf(item) ?? [])),
      ],
      ...(previous_response_id || conversation ? { continues: previous_response_id ?? 'conversation' } : {}),
      ...(model === undefined ? {} : { model }),
      ...(tools === undefined ? {} : { tools: tools.flatMap((tool) => toolOf(tool) ?? []) }),
      ...(tool_choice === undefined ? {} : { tool_choice: choiceOf(tool_choice) }),
    };
  },
  /** Of a stream only the last event matters: it brings the whole response. */
  addPart(answer, part) {
    const { type, response } = part as { type?: string; response?: Response };
    if (type === undefined) take(answer, part as Response);
    else if (response && (type === 'response.completed' || type === 'response.incomplete')) take(answer, response);
  },
};

function take(answer: Answer, response: Response): void {
  const { id, model, status, incomplete_details: incomplete, output = [], usage } = response;
  answer.id = id;
  answer.model = model;
  if (usage) {
    const cached = usage.input_tokens_details?.cached_tokens;
    const tokens = { prompt: usage.input_tokens ?? 0, completion: usage.output_tokens ?? 0 };
    answer.usage = cached === undefined ? tokens : { ...tokens, cached };
  }
  for (const item of output) {
    const call = callOf(item);
    if (call) answer.calls.push(call);
    else if (item.type === 'message' && typeof item.content === 'object')
      answer.content += (item.content ?? []).map(({ text }) => text ?? '').join('');
  }
  if (status === 'completed') answer.finishReason = 'stop';
  else if (status === 'incomplete')
    answer.finishReason = incomplete?.reason === 'content_filter' ? 'content_filter' : 'length';
}

function callOf({ type, call_id, name = '', arguments: text = '', input = '' }: Item): AnsweredCall | undefined {
  const id = call_id === undefined ? {} : { id: call_id };
  if (type === 'function_call') return { ...id, name, arguments: text, custom: false };
  return type === 'custom_tool_call' ? { ...id, name, arguments: input, custom: true } : undefined;
}

/** undefined for what no agent said: a model's reasoning, a reference to another item. */
function messageOf({ type = 'message', ...item }: Item): ChatMessage | undefined {
  const { role = 'user', content, call_id, name, arguments: text, input, output } = item;
  const id = call_id === undefined ? {} : { id: call_id };
  switch (type) {
    case 'message':
      return { role, ...contentIn(content) };
    case 'function_call':
      return { role: 'assistant', tool_calls: [{ ...id, function: { ...named(name), arguments: text ?? '' } }] };
    case 'custom_tool_call':
      return { role: 'assistant', tool_calls: [{ ...id, custom: { ...named(name), input: input ?? '' } }] };
    case 'function_call_output':
    case 'custom_tool_call_output':
      return {
        role: 'tool',
        ...(call_id === undefined ? {} : { tool_call_id: call_id }),
        ...contentIn(output),
      };
    default:
      return undefined;
  }
}

/** What a chat calls the parts that are no text. */
const kinds = new Map([
  ['input_image', 'image_url'],
  ['input_file', 'file'],
]);

function contentIn(content: ChatMessage['content']): Pick<ChatMessage, 'content'> {
  if (content === undefined) return {};
  if (content === null || typeof content === 'string') return { content };
  return { content: content.map((part) => ({ ...part, type: kinds.get(part.type) ?? part.type })) };
}

/** The items of one answer, its words and each of its calls, are one message of a chat: what a model calls at once is one step. */
function oneAnswerEach(messages: readonly ChatMessage[]): ChatMessage[] {
  const joined: ChatMessage[] = [];
  for (const message of messages) {
    const before = joined.at(-1);
    if (message.tool_calls && before?.role === 'assistant')
      joined[joined.length - 1] = { ...before, tool_calls: [...(before.tool_calls ?? []), ...message.tool_calls] };
    else joined.push(message);
  }
  return joined;
}

const named = (name: string | undefined) => (name === undefined ? {} : { name });

/** undefined for a tool of the provider's own: it has no name, and the agent is not asked to call it. */
function toolOf({ type, name, description, parameters }: Tool): ChatTool | undefined {
  if (name === undefined) return undefined;
  const described = { name, ...(description ? { description } : {}) };
  if (type === 'custom') return { custom: described };
  return type === 'function' ? { function: { ...described, ...(parameters ? { parameters } : {}) } } : undefined;
}

function choiceOf(choice: Choice): ToolChoice {
  if (typeof choice === 'string') return choice;
  const reference = (name: unknown) => ({ function: { name } });
  const names = choice.tools?.map(({ name }) => name) ?? [choice.name];
  return { type: 'allowed_tools', allowed_tools: { tools: names.map(reference) } };
}
