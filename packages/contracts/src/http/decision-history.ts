import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { timestamp } from '../json.ts';
import { decisionView } from './decisions.ts';
import { page, paging } from './paging.ts';

/** `filter[field][operator]`: what a list of decisions can be narrowed by. `in` takes values separated by commas. */
export const decisionFilters = {
  agent_id: ['eq', 'in'],
  tool_selected: ['eq', 'in'],
  toolset: ['eq', 'in'],
  decided_by: ['eq', 'in'],
  occurred_at: ['gt', 'gte', 'lt', 'lte'],
  recorded_at: ['gt', 'gte', 'lt', 'lte'],
} as const;
type Filters = typeof decisionFilters;
type FilterName = { [Field in keyof Filters]: `filter[${Field}][${Filters[Field][number]}]` }[keyof Filters];

const operators = {
  eq: 'is this value',
  in: 'is one of these values, separated by commas',
  gt: 'lies after this moment',
  gte: 'is this moment or lies after it',
  lt: 'lies before this moment',
  lte: 'is this moment or lies before it',
} as const;
const filterParameters = Object.fromEntries(
  Object.entries(decisionFilters).flatMap(([field, names]) =>
    names.map((name) => [
      `filter[${field}][${name}]`,
      (field.endsWith('_at') ? timestamp : z.string().min(1).max(4096))
        .optional()
        .describe(`Only decisions whose ${field} ${operators[name]}.`),
    ]),
  ),
) as Record<FilterName, z.ZodOptional<z.ZodString>>;

/** Whether readers get the tools themselves with a decision, or the digest alone. */
export const toolsetForm = z.enum(['expand', 'reference']);

const asOf = timestamp.optional().describe('Only what had happened by then.');
const recordedAsOf = timestamp
  .optional()
  .describe('Only what was known by then. The log knows whole milliseconds: this one counts as known.');
const toolsets = toolsetForm
  .default('expand')
  .describe('`expand`: the tools offered stand with each decision. `reference`: their digest alone.');
const atLeast = z.string().optional().describe('Wait until the projection knows this position of the log.');

/** Query of one decision. */
export const decisionReadQuery = z.strictObject({
  toolsets,
  at_least: atLeast,
  as_of: timestamp.optional().describe('404 unless it had happened by then.'),
  recorded_as_of: timestamp.optional().describe('The outcome as it was known then.'),
});

/** Query of `GET /decisions/{id}/history`. */
export const decisionHistoryQuery = decisionReadQuery.omit({ toolsets: true }).extend(paging);

/** Query of `GET /decisions`. A cursor pins the snapshot its first page was read from. */
export const decisionListQuery = z.strictObject({
  ...paging,
  sort: z
    .enum(['log', '-occurred_at'])
    .default('log')
    .describe('`log`: in the order of the log. `-occurred_at`: the latest first.'),
  as_of: asOf,
  recorded_as_of: recordedAsOf,
  toolsets,
  at_least: atLeast,
  at_most: z.string().optional().describe('Read the list as it was at this position of the log.'),
  ...filterParameters,
});
export type DecisionListQuery = z.infer<typeof decisionListQuery>;

/** `POST /decisions:lookup`: those of the ids that the tenant has, in the order asked for. */
export const decisionLookupInput = z.strictObject({
  ids: z.array(z.string().min(1).max(256)).min(1).max(1000).describe('The ids of the decisions.'),
  toolsets,
  as_of: asOf,
  recorded_as_of: recordedAsOf,
});
export const decisionLookupView = z.object({
  data: z.array(decisionView).describe('The decisions that exist, in the order asked for.'),
  rest: z
    .array(z.string())
    .optional()
    .describe('Ids that were not looked for, the answer being full: ask for them again. Absent where none is left.'),
});

/** `GET /decisions/{id}/history`: the events about one decision, the oldest first. */
export const decisionHistoryView = page(
  z.object({
    event_id: z.string().describe('Names the event.'),
    event_type: z.string().describe('What happened.'),
    occurred_at: z.string().describe('When it happened.'),
    recorded_at: z.string().describe('When the log learnt of it.'),
    position: z.string().describe('Where the event stands in the log.'),
    data: z.json().describe('What the event says.'),
  }),
);

const decisionParams = z.strictObject({ id: z.string().describe('The id of the decision.') });
const read = { owner: 'event-projection', scope: 'decisions:read' } as const;

export const listDecisions = endpoint({
  ...read,
  id: 'listDecisions',
  method: 'GET',
  path: '/api/v1/decisions',
  audited: { lines: 'decisions.export' },
  summary: 'Decisions, a page at a time; as NDJSON the whole snapshot',
  query: decisionListQuery,
  response: { 200: { json: page(decisionView), lines: decisionView } },
  errors: [
    'decisions.cursor-invalid',
    'decisions.cursor-mismatch',
    'decisions.invalid-position',
    'decisions.projection-behind',
  ],
});

export const getDecision = endpoint({
  ...read,
  id: 'getDecision',
  method: 'GET',
  path: '/api/v1/decisions/{id}',
  summary: 'One decision, with the outcomes reported later',
  params: decisionParams,
  query: decisionReadQuery,
  response: { 200: decisionView },
  errors: ['decisions.unknown', 'decisions.invalid-position', 'decisions.projection-behind'],
});

export const getDecisionHistory = endpoint({
  ...read,
  id: 'getDecisionHistory',
  method: 'GET',
  path: '/api/v1/decisions/{id}/history',
  summary: 'The events about one decision, the oldest first, a page at a time',
  params: decisionParams,
  query: decisionHistoryQuery,
  response: { 200: decisionHistoryView },
  errors: [
    'decisions.unknown',
    'decisions.cursor-invalid',
    'decisions.cursor-mismatch',
    'decisions.invalid-position',
    'decisions.projection-behind',
  ],
});

export const lookUpDecisions = endpoint({
  ...read,
  id: 'lookUpDecisions',
  method: 'POST',
  path: '/api/v1/decisions:lookup',
  summary: 'Decisions by their ids',
  body: decisionLookupInput,
  response: { 200: decisionLookupView },
  errors: [],
});

/** `GET /decisions:count` */
export const decisionCountQuery = z.strictObject({
  at_most: z.coerce.number().int().min(0).optional().describe('Count no further; all of them when absent.'),
});
export const decisionCountView = z.object({
  decisions: z.int().describe('How many decisions the tenant has.'),
  shredded: z.int().optional().describe('Decisions besides that nobody can read any more: their subjects were erased.'),
});

export const countDecisions = endpoint({
  ...read,
  id: 'countDecisions',
  method: 'GET',
  path: '/api/v1/decisions:count',
  summary: 'How many decisions the tenant has',
  query: decisionCountQuery,
  response: { 200: decisionCountView },
  errors: [],
});
