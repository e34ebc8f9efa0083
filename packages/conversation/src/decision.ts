import { completeTurn, type DecisionInput, type ToolCall, type ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import type { Answer, AnsweredCall } from './answer.ts';
import { contextOf } from './context.ts';
import { objectOf } from './embedded-facts.ts';
import { storableText } from './storable.ts';
import { offeredTools } from './tools.ts';
import type { ChatRequest } from './wire.ts';

export interface Asked {
  request: ChatRequest;
  /** What it offers, where that is known already. */
  tools?: ToolDefinition[] | undefined;
  agentId: string;
  /** Beside those in the instructions. */
  facts?: JsonObject | undefined;
  /** The session or dialogue. */
  group?: string | undefined;
}

/** Why an answer is no decision. `incomplete-answer`: cut off by a limit or a filter, what it would have called is not known.
 *  `context-elsewhere`: the dialogue before it is kept by the provider. */
export type NoDecision = 'incomplete-answer' | 'context-elsewhere';

const longestReasoning = 65_536;

/** The answer of a model as one decision. What became of it is not known yet. */
export function decisionOf(
  { request, tools, agentId, facts, group }: Asked,
  answer: Answer,
): DecisionInput | NoDecision {
  if (answer.finishReason === 'length' || answer.finishReason === 'content_filter') return 'incomplete-answer';
  if (request.continues !== undefined) return 'context-elsewhere';
  const teacher = answer.model ?? request.model;
  return completeTurn({
    agent_id: agentId,
    context: contextOf(request.messages, facts),
    tools_available: tools ?? offeredTools(request),
    tool_calls: answer.calls.map(callOf),
    ...(answer.content === '' ? {} : { reasoning: storableText(answer.content.slice(0, longestReasoning)) }),
    ...(teacher === undefined ? {} : { teacher_model: teacher }),
    ...(group === undefined ? {} : { group }),
  });
}

function callOf({ id, name, arguments: text, custom }: AnsweredCall): ToolCall {
  return { ...(id === undefined ? {} : { id }), tool: name, parameters: custom ? { input: text } : argumentsOf(text) };
}

/** null where the model wrote something that is no JSON object: the tool it chose is known all the same. */
function argumentsOf(text: string): ToolCall['parameters'] {
  // Models write nothing at all for "no arguments".
  return text.trim() === '' ? {} : (objectOf(text) ?? null);
}
