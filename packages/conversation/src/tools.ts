import type { ToolDefinition } from '@retort/contracts';
import type { ChatRequest, ChatTool } from './wire.ts';

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
