import { z } from 'zod';
import { decidedBy, decisionCore, exchange } from '../events/decisions.ts';
import { digest, timestamp } from '../json.ts';
import { toolList, toolsetReference } from '../tools.ts';
import { answerKind, maximumCalls, outcome, toolCall, toolCalls } from '../turn.ts';

/** `POST /decisions`. The answer is told by `tool_selected` and its arguments, by `tool_calls`, or by both alike. The tools
 *  offered stand inline (`tools_available`) or by reference (`toolset`), not both. */
export const decisionInput = decisionCore.strict().extend({
  id: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Unique within a tenant. The same id with the same content again is answered with 200, with other content 409.',
    ),
  tool_selected: decisionCore.shape.tool_selected
    .optional()
    .describe(
      'The tool of the first call, null when the teacher answered in words. May be left out beside `tool_calls`.',
    ),
  tool_parameters: decisionCore.shape.tool_parameters
    .optional()
    .describe('The arguments of the first call; null when they are not known, none when absent.'),
  tool_calls: z
    .array(toolCall.strict())
    .max(maximumCalls)
    .optional()
    .describe('All calls of the answer, the first included.'),
  decided_by: decidedBy.strict().optional().describe('Who decided; the teacher when absent.'),
  exchange: exchange
    .extend({
      abstained: exchange.shape.abstained
        .unwrap()
        .strict()
        .optional()
        .describe('The student that was asked first and did not answer.'),
      cost: exchange.shape.cost.unwrap().strict().optional().describe('What it cost.'),
    })
    .strict()
    .nullish()
    .describe('How the answer came about.'),
  tools_available: toolList.optional().describe('The tools offered, in full.'),
  toolset: toolsetReference.optional().describe('The tools offered, by digest or registered name.'),
  timestamp: timestamp.optional().describe('When the agent decided; the time of receipt when absent.'),
});
export type DecisionInput = z.input<typeof decisionInput>;

export const decisionAccepted = z.object({
  id: z.string().describe('The id of the decision.'),
  event_id: z.string().describe('The event that holds it.'),
  status: z.enum(['recorded', 'duplicate']).describe('`duplicate`: it was recorded before, with the same content.'),
});
export type DecisionAccepted = z.infer<typeof decisionAccepted>;

/** `POST /decisions:batch`: one result per item, in order. */
export const batchItemResult = z.object({
  index: z.int().describe('The place in the batch, from 0.'),
  status: z.int().describe('The HTTP status the item would have had alone.'),
  id: z.string().optional().describe('The id of the decision; absent when it was refused.'),
  event_id: z.string().optional().describe('The event that holds it; absent when it was refused.'),
  problem: z.unknown().optional().describe('Why the item was refused.'),
});
export const batchResult = z.object({
  recorded: z.int().describe('Items that are new.'),
  duplicates: z.int().describe('Items that were recorded before.'),
  rejected: z.int().describe('Items that were refused.'),
  results: z.array(batchItemResult).describe('One result an item, in order.'),
});
export type BatchResult = z.infer<typeof batchResult>;

export const outcomeInput = outcome;
export type OutcomeInput = z.input<typeof outcomeInput>;

/** A decision as readers see it: the toolset expanded, with its place in the log. */
export const decisionView = decisionCore.extend({
  id: z.string().describe('Unique within a tenant.'),
  event_id: z.string().describe('The event that holds the decision.'),
  tenant: z.string().describe('Whose decision it is.'),
  toolset: digest.describe('The tools offered, by digest.'),
  tools_available: toolList.optional().describe('The tools offered, where they are expanded.'),
  tool_calls: toolCalls.describe('All calls of the answer, in order.'),
  answer: answerKind.describe('What the answer is: one call, several, or words.'),
  decided_by: decidedBy.describe('Who decided.'),
  occurred_at: z.string().describe('When the agent decided.'),
  recorded_at: z.string().describe('When the log learnt of it.'),
  position: z.string().describe('Where the event stands in the log: opaque, ordered by the store alone.'),
  data_keys: z
    .array(z.string())
    .optional()
    .describe('The keys, by id, that the log encrypts it with; absent where it does not.'),
});
export type DecisionView = z.infer<typeof decisionView>;
