import { z } from 'zod';
import { decisionCore, outcome } from '../events/decisions.ts';
import { digest, timestamp } from '../json.ts';
import { toolList, toolsetReference } from '../tools.ts';

/** `POST /decisions`. The tools offered stand inline (`tools_available`) or by reference (`toolset`), not both. */
export const decisionInput = decisionCore.extend({
  /** Unique within a tenant. The same id with the same content again is answered with 200, with other content 409. */
  id: z.string().min(1).max(256).optional(),
  tool_parameters: decisionCore.shape.tool_parameters.default({}),
  tools_available: toolList.optional(),
  toolset: toolsetReference.optional(),
  /** When the agent decided; the time of receipt when absent. */
  timestamp: timestamp.optional(),
});
export type DecisionInput = z.input<typeof decisionInput>;

export const decisionAccepted = z.object({
  id: z.string(),
  event_id: z.string(),
  status: z.enum(['recorded', 'duplicate']),
});
export type DecisionAccepted = z.infer<typeof decisionAccepted>;

/** `POST /decisions:batch`: one result per item, in order. */
export const batchItemResult = z.object({
  index: z.int(),
  status: z.int(),
  id: z.string().optional(),
  event_id: z.string().optional(),
  problem: z.json().optional(),
});
export const batchResult = z.object({
  recorded: z.int(),
  duplicates: z.int(),
  rejected: z.int(),
  results: z.array(batchItemResult),
});
export type BatchResult = z.infer<typeof batchResult>;

export const outcomeInput = outcome;

export const toolsetInput = z.object({ name: z.string().min(1).max(128).optional(), tools: toolList });
export const toolsetView = z.object({ toolset: digest, name: z.string().nullable(), tools: toolList });

/** A decision as readers see it: the toolset expanded, with its place in the log. */
export const decisionView = decisionCore.extend({
  id: z.string(),
  event_id: z.string(),
  tenant: z.string(),
  toolset: digest,
  tools_available: toolList.optional(),
  decided_by: z.object({ kind: z.enum(['teacher', 'student']), model_version: z.string().optional() }),
  occurred_at: z.string(),
  recorded_at: z.string(),
  /** Where the event stands in the log: opaque, ordered by the store alone. */
  position: z.string(),
});
export type DecisionView = z.infer<typeof decisionView>;
