import type { ToolDefinition } from '@retort/contracts';
import type { Call } from '@retort/kernel';
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import { contextToMessages, toolsToOpenAI, type TeacherContext } from '../messages.ts';
import { toolNames, type ToolNames } from '../tool-names.ts';

/** What a decision shows a model that is fine-tuned on it. */
export interface ExampleDecision {
  context: TeacherContext;
  tools: readonly ToolDefinition[];
  call: Call;
}

/** One line of a supervised training file: the request as the teacher got it, and the teacher's call. */
export interface ChatLine {
  messages: ChatCompletionMessageParam[];
  tools: ChatCompletionTool[];
  parallel_tool_calls: false;
}

/** One line of a preference (DPO) file. */
export interface PreferenceLine {
  input: ChatLine;
  preferred_output: [ChatCompletionAssistantMessageParam];
  non_preferred_output: [ChatCompletionAssistantMessageParam];
}

export function chatLine({ context, tools, call }: ExampleDecision, instruction?: string): ChatLine {
  const { messages, names, ...input } = inputOf({ context, tools, instruction });
  return { ...input, messages: [...messages, assistantMessage(call, names)] };
}

/** `rejected` is a call that was made, or proposed, where the decision's own was right. */
export function preferenceLine(
  { context, tools, call }: ExampleDecision,
  rejected: Call,
  instruction?: string,
): PreferenceLine {
  const { names, ...input } = inputOf({ context, tools, instruction });
  return {
    input,
    preferred_output: [assistantMessage(call, names)],
    non_preferred_output: [assistantMessage(rejected, names)],
  };
}

function inputOf(question: Omit<ExampleDecision, 'call'> & { instruction?: string | undefined }) {
  const { context, tools, instruction } = question;
  const names = toolNames(tools.map(({ name }) => name));
  return {
    messages: contextToMessages({ context, instruction }),
    tools: toolsToOpenAI(tools, names),
    parallel_tool_calls: false as const,
    names,
  };
}

/** `arguments` is a *string* of JSON. A decision for no tool is an answer in words. */
function assistantMessage({ tool, parameters }: Call, names: ToolNames): ChatCompletionAssistantMessageParam {
  if (tool === null) return { role: 'assistant', content: 'No tool is needed.' };
  const call = { name: names.toWire(tool), arguments: JSON.stringify(parameters) };
  return { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: call }] };
}
