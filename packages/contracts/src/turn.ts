import { z } from 'zod';
import { jsonObject } from './json.ts';

/** What became of a call, or of a turn as a whole. */
export const outcome = z.looseObject({
  success: z.boolean().optional().describe('Whether it worked.'),
  execution_time_ms: z.number().nonnegative().optional().describe('How long it took, in milliseconds.'),
  result: z.unknown().optional().describe('What the tool returned.'),
});

/** One call of a turn. */
export const toolCall = z.object({
  id: z.string().min(1).max(256).optional().describe("The provider's id of the call; outcomes may be reported by it."),
  tool: z.string().min(1).max(256).describe('The tool that was called.'),
  parameters: jsonObject.nullable().default({}).describe('Its arguments; null when they are not known.'),
  known_parameters: jsonObject
    .nullish()
    .describe('Where `parameters` is null: the arguments that are known all the same.'),
  outcome: outcome.nullish().describe('What became of this call.'),
});
export type ToolCall = z.infer<typeof toolCall>;

/** What a turn is: one call, several, or words. */
export const answerKind = z.enum(['call', 'calls', 'words']);
export type AnswerKind = z.infer<typeof answerKind>;

/** The largest number of calls a turn may hold. */
export const maximumCalls = 128;
export const toolCalls = z.array(toolCall).max(maximumCalls);
