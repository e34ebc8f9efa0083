import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { timestamp } from '../json.ts';
import { page, paging } from './paging.ts';

const narrows = 'Narrows the list to the administration of the tenant, and needs the scope `admin`.';
const administrative = (what: string) => z.string().max(128).optional().describe(`${what} ${narrows}`);

/** `GET /audit-events` */
export const auditEventQuery = z.strictObject({
  ...paging,
  event_type: z.string().max(128).optional().describe('Only events of this type.'),
  'filter[action][eq]': administrative('Only this action.'),
  'filter[key_id][eq]': administrative('Only what was done with this key.'),
  'filter[address][eq]': administrative('Only what was asked for from this address.'),
  'filter[recorded_at][gte]': timestamp.optional().describe(`From here on. ${narrows}`),
  'filter[recorded_at][lt]': timestamp.optional().describe(`Before this moment. ${narrows}`),
});
export type AuditEventQuery = z.infer<typeof auditEventQuery>;
export const auditEventView = z.object({
  event_id: z.string().describe('Names the event.'),
  event_type: z.string().describe('What happened.'),
  aggregate_type: z.string().describe('What it happened to: `agent`, `toolset`, `dataset`, `prompt`, `model`, …'),
  aggregate_id: z.string().describe('Which one.'),
  version: z.int().describe('The version of the schema of `data`.'),
  occurred_at: z.string().describe('When it happened.'),
  recorded_at: z.string().describe('When the log learnt of it.'),
  causation_id: z.string().nullable().describe('The event that caused this one.'),
  correlation_id: z.string().describe('Shared by everything one iteration of the loop did.'),
  position: z.string().describe('Where the event stands in the log.'),
  data: z.json().describe('What the event says.'),
});

/** `GET /audit-events:verify`: the log compared with the hash chain that was built behind it. */
export const chainVerification = z.object({
  intact: z.boolean().describe('Whether the log is what the chain says.'),
  events: z.int().describe('How many events the chain covers.'),
  position: z.string().nullable().describe('The last position the chain covers.'),
  head_hash: z.string().nullable().describe('The hash that stands for everything up to that position.'),
  first_difference: z
    .object({
      kind: z.enum(['altered', 'missing', 'unexpected', 'chain-altered']).describe('What differs.'),
      event_id: z.string().nullable().describe('The event that differs.'),
      position: z.string().nullable().describe('Where it stands.'),
    })
    .nullable()
    .describe('The first event that is not what the chain says; null when there is none.'),
});

export const listAuditEvents = endpoint({
  id: 'listAuditEvents',
  owner: 'event-projection',
  method: 'GET',
  path: '/api/v1/audit-events',
  scope: 'decisions:read',
  summary: 'The events of the tenant, in the order of the log',
  query: auditEventQuery,
  response: { 200: page(auditEventView) },
  errors: ['audit.cursor-invalid', 'audit.cursor-mismatch'],
});

/** The chain covers every tenant's events. */
export const verifyAuditEvents = endpoint({
  id: 'verifyAuditEvents',
  owner: 'event-projection',
  method: 'GET',
  path: '/api/v1/platform/audit-events:verify',
  formerPath: '/api/v1/audit-events:verify',
  scope: 'platform:operate',
  summary: 'Compare the log with its hash chain',
  response: { 200: chainVerification },
  errors: [],
});
