import { z } from 'zod';
import { digest, jsonObject } from './json.ts';

/** One tool as it was offered to the teacher. `parameters` is a JSON Schema; a tool without one takes no arguments. */
export const toolDefinition = z.object({
  name: z.string().min(1).max(256),
  description: z.string().max(16_384).optional(),
  parameters: jsonObject.optional(),
});
export type ToolDefinition = z.infer<typeof toolDefinition>;

export const toolList = z
  .array(toolDefinition)
  .max(1024)
  .refine((tools) => new Set(tools.map((tool) => tool.name)).size === tools.length, 'tool names must be unique');

/** A toolset is named by the digest of its canonical JSON, or by a name registered for it. */
export const toolsetReference = z.union([digest, z.string().min(1).max(128)]);

/** What of the tools' schemas goes unchecked, and why. */
export const uncheckedKeywords = z.array(z.object({ pointer: z.string(), message: z.string() }));
