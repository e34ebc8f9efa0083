import { completeTurn, type DecisionInput, type ToolCall } from '@retort/contracts';
import {
  contextOf,
  objectOf,
  offeredTools,
  type Answer,
  type AnsweredCall,
  type ChatRequest,
} from '@retort/conversation';
import { captureError } from '../capture-error.ts';

export interface Asked {
  request: ChatRequest;
  agentId: string;
  facts: DecisionInput['context'] | undefined;
  group: string | undefined;
}

const longestReasoning = 65_536;

/** The answer of a model as one decision. What became of it is not known yet.
 *  @throws `capture.context-elsewhere`: the dialogue is not in the request; `capture.incomplete-answer`: cut off by a limit
 *          or a filter, what it would have called is not known */
export function decisionOf({ request, agentId, facts, group }: Asked, answer: Answer): DecisionInput {
  if (answer.finishReason === 'length' || answer.finishReason === 'content_filter')
    throw lost('capture.incomplete-answer', `The answer ended early (${answer.finishReason}).`);
  if (request.continues !== undefined)
    throw lost(
      'capture.context-elsewhere',
      'The dialogue before this request is kept by the provider: what the model saw is not known here.',
    );
  const teacher = answer.model ?? request.model;
  return completeTurn({
    agent_id: agentId,
    context: contextOf(request.messages, facts),
    tools_available: offeredTools(request),
    tool_calls: answer.calls.map(callOf),
    ...(answer.content === '' ? {} : { reasoning: answer.content.slice(0, longestReasoning) }),
    ...(teacher === undefined ? {} : { teacher_model: teacher }),
    ...(group === undefined ? {} : { group }),
  });
}

function lost(code: string, message: string) {
  return captureError({ code, message, retriable: false, decisions: 1 });
}

function callOf({ id, name, arguments: text, custom }: AnsweredCall): ToolCall {
  return { ...(id === undefined ? {} : { id }), tool: name, parameters: custom ? { input: text } : argumentsOf(text) };
}

/** null where the model wrote something that is no JSON object: the tool it chose is known all the same. */
function argumentsOf(text: string): ToolCall['parameters'] {
  // Models write nothing at all for "no arguments".
  return text.trim() === '' ? {} : (objectOf(text) ?? null);
}
