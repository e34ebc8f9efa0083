import type { OutcomeInput } from '@retort/contracts';
import type { ChatMessage } from '@retort/conversation';

/** What came of a call, as the dialogue after it tells. */
export interface CallResult {
  callId: string;
  outcome: OutcomeInput;
}

const longestResult = 16_384;

/** The results of the calls of the last turn: earlier ones were in the request before. Whether a call worked is not said in a
 *  dialogue, and not guessed. */
export function callResults(messages: readonly ChatMessage[]): CallResult[] {
  const since = messages.findLastIndex(({ role }) => role !== 'tool') + 1;
  return messages.slice(since).flatMap(({ tool_call_id: callId, content }) => {
    if (callId === undefined || typeof content !== 'string' || content.length > longestResult) return [];
    return [{ callId, outcome: { call_id: callId, result: content } }];
  });
}
