import { z } from 'zod';
import { digest, jsonObject } from './json.ts';

/** One tool as it was offered to the teacher. `parameters` is a JSON Schema; a tool without one takes no arguments. */
export const toolDefinition = z.object({
  name: z
    .string()
    .min(1)
    .max(256)
    .describe('What the tool is called.')
    .meta({ examples: ['get_balance'] }),
  description: z.string().max(16_384).optional().describe('What the tool does.'),
  parameters: jsonObject.optional().describe('JSON Schema of the arguments; none when absent.'),
});
export type ToolDefinition = z.infer<typeof toolDefinition>;

const uniqueNames = (tools: readonly { name: string }[]) =>
  new Set(tools.map((tool) => tool.name)).size === tools.length;

export const toolList = z.array(toolDefinition).max(1024).refine(uniqueNames, 'tool names must be unique');

/** A toolset is named by the digest of its canonical JSON, or by a name registered for it. */
export const toolsetReference = z
  .union([digest, z.string().min(1).max(128)])
  .meta({ examples: [`sha256:${'0123456789abcdef'.repeat(4)}`] });

/** What of the tools' schemas goes unchecked, and why. */
export const uncheckedKeywords = z.array(
  z.object({
    pointer: z.string().describe('RFC 6901 pointer to the keyword.'),
    message: z.string().describe('Why it cannot be checked.'),
  }),
);
