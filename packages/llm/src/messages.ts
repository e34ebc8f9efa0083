import type { ToolDefinition } from '@retort/contracts';
import { messagesOf } from '@retort/conversation';
import type { Call, JsonObject } from '@retort/kernel';
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
import type { ToolNames } from './tool-names.ts';

/** What a decision is made from: a structured context (`query` and `history` are the dialogue, the rest are facts), or
 *  a plain request. */
export type TeacherContext = JsonObject | string;

/** A decision that shows how it is done. */
export interface Demonstration {
  context: TeacherContext;
  call: Call;
}

export interface Question {
  context: TeacherContext;
  instruction?: string | undefined;
  demonstrations?: readonly Demonstration[] | undefined;
}

const defaultInstruction = 'Decide which tool to call, if any.';

/** The conversation that the context was made of. What is asked beside it (an instruction of ours, demonstrations) stands
 *  before the agent's own instructions. */
export function contextToMessages({
  context,
  instruction,
  demonstrations = [],
}: Question): ChatCompletionMessageParam[] {
  const recorded = typeof context === 'string' ? { query: context } : context;
  const messages = messagesOf(recorded) as ChatCompletionMessageParam[];
  const agents = messages[0]?.role === 'system' ? [messages.shift()!.content as string] : [];
  const asked = instruction ?? ('instructions' in recorded ? '' : defaultInstruction);
  const system = [promptText({ instruction: asked, demonstrations }), ...agents];
  return [{ role: 'system', content: system.filter((line) => line !== '').join('\n') }, ...messages];
}

/** A prompt as a teacher is told it: its instruction, then its demonstrations. */
export function promptText({
  instruction,
  demonstrations,
}: {
  instruction: string;
  demonstrations: readonly Demonstration[];
}): string {
  return [instruction, ...demonstrations.map(describeDemonstration)].filter((line) => line !== '').join('\n');
}

function describeDemonstration({ context, call }: Demonstration, index: number): string {
  const answer = call.tool === null ? 'no tool' : JSON.stringify({ tool: call.tool, arguments: call.parameters });
  return `Example ${index + 1}: ${JSON.stringify(context)}\nAnswer ${index + 1}: ${answer}`;
}

/** Tool definitions as chat completions take them. A tool without parameters takes an empty object. */
export function toolsToOpenAI(tools: readonly ToolDefinition[], names: ToolNames): ChatCompletionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: {
      name: names.toWire(name),
      ...(description === undefined ? {} : { description }),
      parameters: parameters ?? { type: 'object', properties: {} },
    },
  }));
}
