import type { ChatRequest } from '@retort/conversation';
import { ownMember } from '@retort/kernel';
import { unservedTurn, type Unserved } from './chat-request.ts';

/** Members that change nothing about which tools a turn calls, or which the student honours. */
const harmless = new Set([
  'model',
  'input',
  'instructions',
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
  'temperature',
  'top_p',
  'max_output_tokens',
  'service_tier',
  'reasoning',
  'include',
  'truncation',
  'store',
  // Whether they lead elsewhere is told by the request that is made of the body.
  'previous_response_id',
  'conversation',
]);

const neutral: Record<string, (value: unknown) => boolean> = {
  background: (value) => value === false,
  top_logprobs: (value) => value === 0,
  text: (value) => {
    const format = (value as { format?: { type?: unknown } | null } | null)?.format;
    return format === undefined || format === null || format.type === 'text';
  },
};

export function unservedResponse(body: Record<string, unknown>, request: ChatRequest): Unserved | null {
  for (const [name, value] of Object.entries(body)) {
    if (harmless.has(name) || value === null) continue;
    if (!ownMember(neutral, name)?.(value)) return 'unsupported-parameter';
  }
  // What the request is made of leaves out tools and items that it does not know.
  if (typesIn(body['tools']).some((type) => type !== 'function')) return 'unsupported-tool';
  if (typesIn(body['input']).some((type) => !told.has(type ?? 'message'))) return 'unsupported-content';
  return unservedTurn(request);
}

const told = new Set<unknown>(['message', 'function_call', 'function_call_output', 'reasoning']);

const typesIn = (list: unknown): unknown[] =>
  Array.isArray(list) ? list.map((item) => (item as { type?: unknown } | null)?.type) : [];
