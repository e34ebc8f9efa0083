import { z } from 'zod';
import { digest, jsonObject, timestamp } from '../json.ts';
import { toolList, uncheckedKeywords } from '../tools.ts';
import { redactions } from '../redactions.ts';
import { completeTurn } from '../told-turn.ts';
import { answerKind, outcome, toolCalls } from '../turn.ts';

export const decidedBy = z.object({
  kind: z.enum(['teacher', 'student']).describe('Who decided.'),
  model_version: z.string().optional().describe('The student’s version; absent for a teacher.'),
});

/** What an answer cost, when it was recorded. */
export const turnCost = z.object({
  amount: z.number().nonnegative().describe('In `currency`.'),
  currency: z.string().max(8).describe('The currency.'),
  basis: z
    .enum(['tokens', 'processor-time', 'cache'])
    .describe(
      '`tokens`: those the provider counted, at the price. `processor-time`: a student’s latency, which is at least the time it computed. `cache`: an answer given again, for nothing.',
    ),
  price_of: z.string().max(256).optional().describe('The entry of the price table; absent where none was needed.'),
  price_source: z.enum(['default', 'tenant']).optional().describe('Whether that is a default, or the tenant’s own.'),
});
export type TurnCost = z.infer<typeof turnCost>;

/** How an answer came about, told by whoever saw it: the gateway, or the agent. */
export const exchange = z.object({
  latency_ms: z
    .number()
    .nonnegative()
    .optional()
    .describe('From the request to the end of the answer, in milliseconds.'),
  prompt_tokens: z
    .int()
    .nonnegative()
    .optional()
    .describe('Tokens that were read; absent where the provider did not say.'),
  cached_tokens: z.int().nonnegative().optional().describe('Of those, tokens that the provider had in its cache.'),
  completion_tokens: z.int().nonnegative().optional().describe('Tokens that were written.'),
  response_id: z.string().max(256).optional().describe('The id of the answer.'),
  upstream: z
    .string()
    .max(128)
    .optional()
    .describe('The upstream that answered; absent for a student. Kept only where the gateway tells it.'),
  abstained: z
    .object({
      reason: z.string().max(128).describe('Why it left the turn to the teacher.'),
      model_version: z.string().max(128).nullable().describe('Its version; null where none serves.'),
      confidence: z.number().nullable().describe('Of its proposal; null without one.'),
    })
    .optional()
    .describe('The student that was asked first and did not answer; absent where it answered or was not asked.'),
  instead_of: z
    .string()
    .max(256)
    .optional()
    .describe('Of a student: the teacher’s model that would have been asked; absent where it could not have answered.'),
  prompt: z.string().max(256).optional().describe('The prompt that the teacher was told besides, `name@version`.'),
  request_bytes: z.int().nonnegative().optional().describe('Bytes of the request’s body.'),
  is_audit: z.boolean().optional().describe('The teacher was asked besides, to see whether the student was right.'),
  cost: turnCost.optional().describe('What it cost; absent where that is not known.'),
});
export type Exchange = z.infer<typeof exchange>;

/** The members every form of a decision shares: as it is posted, stored and read. A decision is a turn: one answer of the
 *  teacher, be it one call, several, or words. */
export const decisionCore = z.object({
  agent_id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)
    .describe('The agent that decided.'),
  context: jsonObject.describe('What the agent knew when it decided.'),
  tool_selected: z
    .string()
    .min(1)
    .max(256)
    .nullable()
    .describe('The tool of the first call; null when the teacher answered in words.'),
  tool_parameters: jsonObject
    .nullable()
    .describe(
      'Of the first call. null with a tool selected: its arguments are not known (not recorded, redacted, or refused by the tool’s schema). Absent: there were none.',
    ),
  known_parameters: jsonObject
    .nullish()
    .describe(
      'Beside arguments that are not known as a whole (`tool_parameters` is null), those that are. What is missing here may have been there or not.',
    ),
  tool_calls: toolCalls
    .optional()
    .describe('All calls of the answer, the first included. Absent: what the members above say.'),
  answer: answerKind.optional().describe('Told by the calls; stands for whoever reads.'),
  reasoning: z.string().max(65_536).nullish().describe('Why, in the words of whoever decided.'),
  outcome: outcome.nullish().describe('What became of the turn.'),
  teacher_model: z.string().max(256).nullish().describe('Which model the teacher is.'),
  teacher_confidence: z.number().min(0).max(1).nullish().describe('How sure the teacher was, 0 to 1.'),
  teacher_probabilities: z
    .record(z.string().max(256), z.number().min(0).max(1))
    .nullish()
    .describe(
      'The teacher’s probability of each tool, by name, where it gives them; that of calling none stands under the empty name. They need not add up to 1. Decisions from before they could be told lack them.',
    ),
  decided_by: decidedBy.optional().describe('Who decided; the teacher when absent.'),
  exchange: exchange.nullish().describe('How the answer came about, told by the gateway or by the agent.'),
  teaches_only: z
    .boolean()
    .optional()
    .describe(
      'The request was chosen or made, so that it does not represent the traffic: it teaches, and no guarantee is calibrated on it.',
    ),
  group: z
    .string()
    .max(256)
    .nullish()
    .describe('The session or dialogue: decisions of one group are never split between training and test.'),
  redactions: redactions.optional(),
});

/** The teacher's decision on a request that a student decided: asking twice is recording once. */
export const teacherDecisionId = (decisionId: string) => `${decisionId}.teacher`;

/** AGENT_TOOL_SELECTED, version 2, as it is stored. Version 1 knew one call a decision: one of several calls was a decision
 *  of its own. The tools offered are interned: `toolset` is the digest of their canonical JSON.
 *  The shape is that of a posted decision, so that ingestion can store the body it received without rewriting it. */
export const storedDecision = decisionCore.extend({
  id: z.string().min(1).max(256).describe('Unique within a tenant.'),
  toolset: digest.describe('The tools offered, by digest.'),
  tool_parameters: decisionCore.shape.tool_parameters
    .default({})
    .describe('The arguments of the first call; null when they are not known.'),
  decided_by: decidedBy.default({ kind: 'teacher' }).describe('Who decided; the teacher when absent.'),
});
/** The same as it is read: the turn in both of its forms. */
export const agentToolSelected = storedDecision.transform(completeTurn);
export type AgentToolSelected = z.infer<typeof agentToolSelected>;

/** DECISION_OUTCOME_REPORTED: what became of a decision, known later than the decision itself. */
export const decisionOutcomeReported = z.object({
  decision_id: z.string().describe('The decision.'),
  outcome: outcome.describe('What became of it.'),
  reported_at: timestamp.describe('When it was reported.'),
  redactions: redactions.optional(),
});

/** TOOLSET_REGISTERED: the content behind a digest. */
export const toolsetRegistered = z.object({
  toolset: digest.describe('The tools offered, by digest.'),
  tools: toolList.describe('The tools, in full.'),
  name: z.string().optional().describe('The name that was registered for them.'),
  unchecked: uncheckedKeywords
    .optional()
    .describe('Absent where every keyword is checked, and from events of release 0.1.0.'),
});
export type ToolsetRegistered = z.infer<typeof toolsetRegistered>;
