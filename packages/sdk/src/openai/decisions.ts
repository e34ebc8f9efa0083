import type { DecisionInput } from '@retort/contracts';
import { contextOf, objectOf, offeredTools, type Answer, type ChatRequest } from '@retort/conversation';
import { captureError } from '../capture-error.ts';

export interface Asked {
  request: ChatRequest;
  agentId: string;
  facts: DecisionInput['context'] | undefined;
  group: string | undefined;
}

const longestReasoning = 65_536;

/** One decision for each call the model made, or one for calling none. What became of them is not known yet.
 *  @throws `capture.context-elsewhere`: the dialogue is not in the request; `capture.incomplete-answer`: cut off by a limit or a filter, what it would have called is not known;
 *          `capture.malformed-arguments`: they are not a JSON object */
export function decisionsOf({ request, agentId, facts, group }: Asked, answer: Answer): DecisionInput[] {
  if (answer.finishReason === 'length' || answer.finishReason === 'content_filter')
    throw captureError({
      code: 'capture.incomplete-answer',
      message: `The answer ended early (${answer.finishReason}).`,
      retriable: false,
      decisions: 1,
    });
  if (request.continues !== undefined)
    throw captureError({
      code: 'capture.context-elsewhere',
      message: 'The dialogue before this request is kept by the provider: what the model saw is not known here.',
      retriable: false,
      decisions: 1,
    });
  const teacher = answer.model ?? request.model;
  const common = {
    agent_id: agentId,
    context: contextOf(request.messages, facts),
    tools_available: offeredTools(request),
    ...(answer.content === '' ? {} : { reasoning: answer.content.slice(0, longestReasoning) }),
    ...(teacher === undefined ? {} : { teacher_model: teacher }),
    ...(group === undefined ? {} : { group }),
  };
  if (answer.calls.length === 0) return [{ ...common, tool_selected: null, tool_parameters: {} }];
  return answer.calls.map((call) => ({ ...common, tool_selected: call.name, tool_parameters: argumentsOf(call) }));
}

function argumentsOf({ arguments: text, custom }: Answer['calls'][number]): DecisionInput['context'] {
  if (custom) return { input: text };
  // Models write nothing at all for "no arguments".
  const parameters = text.trim() === '' ? {} : objectOf(text);
  if (parameters) return parameters;
  throw captureError({
    code: 'capture.malformed-arguments',
    message: 'The arguments the model wrote are not a JSON object.',
    retriable: false,
    decisions: 1,
  });
}
