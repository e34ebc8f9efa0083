import type { ToolDefinition } from '@retort/contracts';
import type { Call, JsonObject, JsonValue } from '@retort/kernel';
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

/** The system message holds the instruction, the demonstrations and, last, the facts as JSON; the history follows as
 *  messages; the query is the user's. */
export function contextToMessages({
  context,
  instruction,
  demonstrations = [],
}: Question): ChatCompletionMessageParam[] {
  const { facts, turns, query } = split(context);
  const system = [
    instruction ?? defaultInstruction,
    ...demonstrations.map(describeDemonstration),
    ...(Object.keys(facts).length > 0 ? [`Context: ${JSON.stringify(facts)}`] : []),
  ];
  return [{ role: 'system', content: system.join('\n') }, ...turns, { role: 'user', content: query }];
}

type Turn = { role: 'user' | 'assistant'; content: string };

function split(context: TeacherContext): { facts: JsonObject; turns: Turn[]; query: string } {
  if (typeof context === 'string') return { facts: {}, turns: [], query: context };
  const { query, history, ...facts } = context;
  const turns = turnsOf(history);
  return {
    // A history in a form of its own is still a fact.
    facts: turns === null && history !== undefined ? { ...facts, history } : facts,
    turns: turns ?? [],
    query: typeof query === 'string' ? query : JSON.stringify(query ?? null),
  };
}

function turnsOf(history: JsonValue | undefined): Turn[] | null {
  if (!Array.isArray(history)) return null;
  const turns: Turn[] = [];
  for (const turn of history) {
    if (turn === null || typeof turn !== 'object' || Array.isArray(turn)) return null;
    const { role, content } = turn;
    if ((role !== 'user' && role !== 'assistant') || typeof content !== 'string') return null;
    turns.push({ role, content });
  }
  return turns;
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
