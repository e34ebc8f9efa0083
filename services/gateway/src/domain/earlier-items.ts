import type { DecisionInput } from '@retort/contracts';
import { messagesOf, type ChatMessage } from '@retort/conversation';
import { callItem } from './response-answer.ts';

type Item = Record<string, unknown>;

/** The dialogue up to a recorded answer, its words and calls included, as the items of a request. What the request said as
 *  its instructions is not carried on: each request says its own. */
export function earlierItems({
  context,
  tool_calls: calls = [],
  reasoning,
}: Pick<DecisionInput, 'context' | 'tool_calls' | 'reasoning'>): Item[] {
  const dialogue = messagesOf(context).filter(({ role }) => role !== 'system');
  const made = calls.map(({ id = '', tool, parameters }) =>
    callItem({ id, name: tool, arguments: JSON.stringify(parameters ?? {}) }),
  );
  const said = reasoning ? [{ role: 'assistant', content: reasoning }] : [];
  return [...dialogue.flatMap(itemsOf), ...said, ...made];
}

function itemsOf({ role, content, tool_calls: calls, tool_call_id: id }: ChatMessage): Item[] {
  if (role === 'tool') return [{ type: 'function_call_output', call_id: id, output: content }];
  const said = content === '' || content === undefined || content === null ? [] : [{ role, content }];
  const made = (calls ?? []).map((call) =>
    callItem({ id: call.id ?? '', name: call.function?.name ?? '', arguments: call.function?.arguments ?? '' }),
  );
  return [...said, ...made];
}
