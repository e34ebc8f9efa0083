import { ownMember } from '@retort/kernel';
import type { ChatMessage, ChatRequest } from '@retort/conversation';

/** Why a request is the teacher's without the student being asked; null when the student may answer. */
export type Unserved =
  | 'unreadable'
  | 'no-tools'
  | 'tool-choice-none'
  | 'unsupported-parameter'
  | 'unsupported-tool'
  | 'unsupported-content'
  | 'conversation-elsewhere';

/** Members that change nothing about which tools a turn calls, or which the student honours. */
const harmless = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'stream',
  'stream_options',
  'metadata',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'seed',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'max_tokens',
  'max_completion_tokens',
  'service_tier',
  'reasoning_effort',
  'verbosity',
]);

/** Others, with the one value that says nothing. */
const neutral: Record<string, (value: unknown) => boolean> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  store: (value) => value === false,
  response_format: (value) => (value as { type?: unknown } | null)?.type === 'text',
  modalities: (value) => Array.isArray(value) && value.length === 1 && value[0] === 'text',
};

export function unservedChat(body: Record<string, unknown>, request: ChatRequest): Unserved | null {
  for (const [name, value] of Object.entries(body)) {
    if (harmless.has(name) || value === null) continue;
    if (!ownMember(neutral, name)?.(value)) return 'unsupported-parameter';
  }
  return unservedTurn(request);
}

/** What holds of a turn whichever API it is asked by. */
export function unservedTurn({ tools = [], tool_choice: choice, messages, continues }: ChatRequest): Unserved | null {
  if (continues !== undefined) return 'conversation-elsewhere';
  if (choice === 'none') return 'tool-choice-none';
  if (tools.length === 0) return 'no-tools';
  if (tools.some((tool) => typeof tool.function?.name !== 'string')) return 'unsupported-tool';
  const last = messages.at(-1);
  if (last === undefined || (last.role !== 'user' && last.role !== 'tool')) return 'unsupported-content';
  return messages.every(isText) ? null : 'unsupported-content';
}

function isText({ content }: ChatMessage): boolean {
  if (content === null || content === undefined || typeof content === 'string') return true;
  return Array.isArray(content) && content.every((part: { text?: unknown }) => typeof part.text === 'string');
}
