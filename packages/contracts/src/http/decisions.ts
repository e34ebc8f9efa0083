import { z } from 'zod';
import { decisionCore } from '../events/decisions.ts';
import { measured } from '../events/learning.ts';
import { digest, timestamp } from '../json.ts';
import { toolList, toolsetReference, uncheckedKeywords } from '../tools.ts';
import { answerKind, outcome, toolCalls } from '../turn.ts';
import { run } from './problem.ts';

/** `POST /decisions`. The answer is told by `tool_selected` and its arguments, by `tool_calls`, or by both alike. The tools
 *  offered stand inline (`tools_available`) or by reference (`toolset`), not both. */
export const decisionInput = decisionCore.extend({
  /** Unique within a tenant. The same id with the same content again is answered with 200, with other content 409. */
  id: z.string().min(1).max(256).optional(),
  /** May be left out beside `tool_calls`. */
  tool_selected: decisionCore.shape.tool_selected.optional(),
  tool_parameters: decisionCore.shape.tool_parameters.optional(),
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
  problem: z.unknown().optional(),
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
export const toolsetView = z.object({
  toolset: digest,
  name: z.string().nullable(),
  tools: toolList,
  /** Keywords of the tools' schemas that cannot be checked in linear time. No student calls a tool that has some. */
  unchecked: uncheckedKeywords.optional(),
});

/** A decision as readers see it: the toolset expanded, with its place in the log. */
export const decisionView = decisionCore.extend({
  id: z.string(),
  event_id: z.string(),
  tenant: z.string(),
  toolset: digest,
  tools_available: toolList.optional(),
  tool_calls: toolCalls,
  answer: answerKind,
  decided_by: z.object({ kind: z.enum(['teacher', 'student']), model_version: z.string().optional() }),
  occurred_at: z.string(),
  recorded_at: z.string(),
  /** Where the event stands in the log: opaque, ordered by the store alone. */
  position: z.string(),
});
export type DecisionView = z.infer<typeof decisionView>;

/** `filter[field][operator]`: what a list of decisions can be narrowed by. `in` takes values separated by commas. */
export const decisionFilters = {
  agent_id: ['eq', 'in'],
  tool_selected: ['eq', 'in'],
  toolset: ['eq', 'in'],
  decided_by: ['eq', 'in'],
  occurred_at: ['gt', 'gte', 'lt', 'lte'],
  recorded_at: ['gt', 'gte', 'lt', 'lte'],
} as const;
const filterParameters = Object.fromEntries(
  Object.entries(decisionFilters).flatMap(([field, operators]) =>
    operators.map((operator) => [
      `filter[${field}][${operator}]`,
      (field.endsWith('_at') ? timestamp : z.string().min(1).max(4096)).optional(),
    ]),
  ),
);

/** Whether readers get the tools themselves with a decision, or the digest alone. */
export const toolsetForm = z.enum(['expand', 'reference']);

/** Query of one decision. */
export const decisionReadQuery = z.strictObject({
  toolsets: toolsetForm.default('expand'),
  /** Wait until the projection knows this position of the log. */
  at_least: z.string().optional(),
  /** Unless it had not happened by then. */
  as_of: timestamp.optional(),
  /** The outcome as it was known then. */
  recorded_as_of: timestamp.optional(),
});

/** Query of `GET /decisions/{id}/history`. */
export const decisionHistoryQuery = decisionReadQuery.omit({ toolsets: true });

/** Query of `GET /decisions`. A cursor pins the snapshot its first page was read from. */
export const decisionListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional(),
  /** `log`: in the order of the log. `-occurred_at`: the latest first. */
  sort: z.enum(['log', '-occurred_at']).default('log'),
  /** Only what had happened by then. */
  as_of: timestamp.optional(),
  /** Only what was known by then. The log knows whole milliseconds: what was recorded within this one counts as known. */
  recorded_as_of: timestamp.optional(),
  toolsets: toolsetForm.default('expand'),
  at_least: z.string().optional(),
  /** Read the list as it was at this position of the log. */
  at_most: z.string().optional(),
  ...filterParameters,
});
export type DecisionListQuery = z.infer<typeof decisionListQuery>;

/** `POST /decisions:lookup`: those of the ids that the tenant has, in the order asked for. */
export const decisionLookupInput = z.object({
  ids: z.array(z.string().min(1).max(256)).min(1).max(1000),
  toolsets: toolsetForm.default('expand'),
  /** Only what had happened by then. */
  as_of: timestamp.optional(),
  /** Only what was known by then. */
  recorded_as_of: timestamp.optional(),
});
export const decisionLookupView = z.object({ data: z.array(decisionView) });

/** `GET /decisions/{id}/history`: every event about one decision, the oldest first. */
export const decisionHistoryView = z.object({
  data: z.array(
    z.object({
      event_id: z.string(),
      event_type: z.string(),
      occurred_at: z.string(),
      recorded_at: z.string(),
      position: z.string(),
      data: z.json(),
    }),
  ),
});

export const agentView = z.object({
  agent_id: z.string(),
  decisions: z.int(),
  tools: z.int(),
  first_decision_at: z.string(),
  last_decision_at: z.string(),
});
export const agentListView = z.object({ data: z.array(agentView) });

/** How an agent did, day by day (UTC). */
export const agentTimelineQuery = z.strictObject({ from: timestamp.optional(), to: timestamp.optional() });
export const agentTimelineView = z.object({
  agent_id: z.string(),
  data: z.array(
    z.object({
      day: z.string(),
      decisions: z.int(),
      decided_by_student: z.int(),
      /** Of the decisions whose outcome is known. */
      success: measured,
      execution_time_ms: z.object({ measured: z.int(), mean: z.number().nullable(), p95: z.number().nullable() }),
      /** Whole calls that were the teacher's, of the student's decisions on a context the teacher decided as well. */
      agreement: measured,
    }),
  ),
});

/** `GET /projections`: how far each reader of the log has come. */
export const projectionListView = z.object({
  head: z.string().nullable(),
  data: z.array(
    z.object({
      name: z.string(),
      position: z.string().nullable(),
      caught_up: z.boolean(),
      /** Since the reader last moved; null before it ever did. */
      updated_at: z.string().nullable(),
    }),
  ),
});

/** `POST /projections/decisions:rebuild` */
export const projectionRebuild = run.extend({
  /** Where in the log the tables were compared; null until they were. */
  position: z.string().nullable(),
  /** Of the tables that were read and the rebuilt ones, at that position. */
  checksums: z
    .array(
      z.object({
        table: z.string(),
        rows: z.int(),
        live: z.string(),
        rebuilt: z.string(),
        equal: z.boolean(),
        differing_rows: z.int(),
      }),
    )
    .nullable(),
  /** What was read was not what the log says, and the rebuilt tables have taken its place. null before the end. */
  healed: z.boolean().nullable(),
});
export type ProjectionRebuild = z.infer<typeof projectionRebuild>;

/** `GET /audit-events` */
export const auditEventQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional(),
  event_type: z.string().max(128).optional(),
  /** Any of these narrows the list to the administration of the tenant, and needs the scope `admin`. */
  'filter[action][eq]': z.string().max(128).optional(),
  'filter[key_id][eq]': z.string().max(128).optional(),
  'filter[address][eq]': z.string().max(128).optional(),
  'filter[recorded_at][gte]': timestamp.optional(),
  'filter[recorded_at][lt]': timestamp.optional(),
});
export type AuditEventQuery = z.infer<typeof auditEventQuery>;
export const auditEventView = z.object({
  event_id: z.string(),
  event_type: z.string(),
  aggregate_type: z.string(),
  aggregate_id: z.string(),
  version: z.int(),
  occurred_at: z.string(),
  recorded_at: z.string(),
  causation_id: z.string().nullable(),
  correlation_id: z.string(),
  position: z.string(),
  data: z.json(),
});

/** `GET /audit-events:verify`: the log compared with the hash chain that was built behind it. */
export const chainVerification = z.object({
  intact: z.boolean(),
  events: z.int(),
  /** The last position the chain covers, and the hash that stands for everything up to it. */
  position: z.string().nullable(),
  head_hash: z.string().nullable(),
  first_difference: z
    .object({
      kind: z.enum(['altered', 'missing', 'unexpected', 'chain-altered']),
      event_id: z.string().nullable(),
      position: z.string().nullable(),
    })
    .nullable(),
});
