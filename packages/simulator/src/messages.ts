import type { ToolDefinition } from '@retort/contracts';
import { contextOf, messagesOf, objectOf, type ChatMessage } from '@retort/conversation';
import type { JsonObject } from '@retort/kernel';

/** A function as it is offered to the teacher. */
export interface ChatTool {
  type: 'function';
  function: { name: string; description?: string; parameters?: JsonObject };
}

/** A message of an agent to its teacher: the fleet's dialogues hold text alone. */
export interface RequestMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** How an agent puts a request to its teacher. Nothing but `context` and `tools` is looked at.
 *  @public */
export function requestToMessages(request: { context: JsonObject; tools: readonly ToolDefinition[] }): {
  messages: RequestMessage[];
  tools: ChatTool[];
} {
  return {
    messages: messagesOf({
      instructions: 'Decide which tool to call, if any.',
      ...request.context,
    }) as RequestMessage[],
    tools: request.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, ...(description === undefined ? {} : { description }), ...(parameters ? { parameters } : {}) },
    })),
  };
}

/** Reads messages back into a context. Where the system message holds no facts, the last user message may itself be the
 *  whole context as JSON. */
export function messagesToContext(messages: readonly ChatMessage[]): JsonObject {
  const { instructions: _, ...context } = contextOf(messages);
  const whole = objectOf(context['query'] as string);
  return typeof whole?.['query'] === 'string' ? { ...context, ...whole } : context;
}
