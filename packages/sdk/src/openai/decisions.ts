import type { DecisionInput, ToolDefinition } from '@retort/contracts';
import { captureError } from '../capture-error.ts';
import type { Answer } from './answer.ts';
import { messagesToContext, objectOf } from './context.ts';
import type { ChatRequest, ChatTool } from './wire.ts';

export interface Asked {
  request: ChatRequest;
  agentId: string;
  facts: DecisionInput['context'] | undefined;
  group: string | undefined;
}

const longestReasoning = 65_536;

/** The tools the model could choose from. One that was forced on it was its only one; without any (`tool_choice: none`)
 *  there was nothing to decide. */
export function offeredTools({ tools = [], tool_choice: choice }: ChatRequest): ToolDefinition[] {
  const definitions = tools.flatMap(definitionOf);
  if (choice === 'none') return [];
  if (choice === undefined || choice === null || typeof choice === 'string') return definitions;
  const names = choice.type === 'allowed_tools' ? choice.allowed_tools.tools.map(nameOf) : [nameOf({ ...choice })];
  return definitions.filter(({ name }) => names.includes(name));
}

function definitionOf({ function: tool, custom }: ChatTool): ToolDefinition[] {
  const { name, description } = tool ?? custom ?? {};
  if (name === undefined) return [];
  const parameters = tool?.parameters as ToolDefinition['parameters'];
  return [{ name, ...(description ? { description } : {}), ...(parameters ? { parameters } : {}) }];
}

function nameOf(reference: { [key: string]: unknown }): string | undefined {
  return ((reference['function'] ?? reference['custom']) as { name?: string } | undefined)?.name;
}

/** One decision for each call the model made, or one for calling none. What became of them is not known yet.
 *  @throws `capture.incomplete-answer`: cut off by a limit or a filter, what it would have called is not known;
 *          `capture.malformed-arguments`: they are not a JSON object */
export function decisionsOf({ request, agentId, facts, group }: Asked, answer: Answer): DecisionInput[] {
  if (answer.finishReason === 'length' || answer.finishReason === 'content_filter')
    throw captureError({
      code: 'capture.incomplete-answer',
      message: `The answer ended early (${answer.finishReason}).`,
      retriable: false,
      decisions: 1,
    });
  const teacher = answer.model ?? request.model;
  const common = {
    agent_id: agentId,
    context: messagesToContext(request.messages, facts),
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
