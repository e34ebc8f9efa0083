import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { erasureStep } from '../events/privacy.ts';
import { page, pagingQuery } from './paging.ts';

/** `POST /erasure-requests` */
export const erasureInput = z.strictObject({
  subject: z
    .strictObject({
      kind: z.string().max(32).describe('One of the kinds of subjects that the platform is configured with.'),
      value: z.string().min(1).max(1024).describe('What stands for the subject in decisions. It is stored nowhere.'),
    })
    .describe('Whose data are to be erased.'),
});

export const erasureView = z.object({
  erasure_id: z.string().describe('The erasure.'),
  state: z.enum(['running', 'completed']).describe('Whether every step is done.'),
  kind: z.string().describe('What kind of subject it is.'),
  subject: z.string().describe('Whom it is about, by pseudonym: only the tenant’s key tells who it is.'),
  keys: z.int().describe('Data keys that are destroyed; 0: nothing was stored of the subject.'),
  requested_at: z.string().describe('When it was asked for.'),
  completed_at: z.string().nullable().describe('When the last step was done; null before.'),
  steps: z
    .array(
      z.object({
        step: erasureStep.describe('What it is.'),
        completed_at: z.string().nullable().describe('When it was done; null before.'),
        counts: z.record(z.string(), z.int()).describe('How much of what.'),
        versions: z.array(z.string()).describe('Versions that contained the subject.'),
      }),
    )
    .describe('In their order.'),
  events: z
    .array(z.string())
    .describe('The events of the log that say so: request, steps, completion, in their order.'),
});
export type ErasureView = z.infer<typeof erasureView>;

/** An event of the log that nobody can read any more. */
export const shreddedEvent = z.object({
  event_id: z.string().describe('The event.'),
  event_type: z.string().describe('What it was.'),
  position: z.string().describe('Where it stands in the log.'),
});

const admin = { owner: 'event-projection', scope: 'admin' } as const;
const params = z.strictObject({ erasure_id: z.uuid().describe('The erasure.') });

export const requestErasure = endpoint({
  ...admin,
  id: 'requestErasure',
  method: 'POST',
  path: '/api/v1/erasure-requests',
  audited: 'erasures.request',
  summary: 'Erase a subject: destroy its keys, and remove what was made readable of its data',
  body: erasureInput,
  response: { 202: erasureView },
  errors: ['privacy.not-encrypted', 'erasures.unknown-kind'],
});
export const listErasures = endpoint({
  ...admin,
  id: 'listErasures',
  method: 'GET',
  path: '/api/v1/erasure-requests',
  summary: 'What was erased, the oldest first',
  query: pagingQuery,
  response: { 200: page(erasureView) },
  errors: ['erasures.cursor-invalid', 'erasures.cursor-mismatch'],
});
export const getErasure = endpoint({
  ...admin,
  id: 'getErasure',
  method: 'GET',
  path: '/api/v1/erasure-requests/{erasure_id}',
  summary: 'One erasure: what it found, and how far it is',
  params,
  response: { 200: erasureView },
  errors: ['erasures.unknown'],
});
export const listShreddedEvents = endpoint({
  ...admin,
  id: 'listShreddedEvents',
  method: 'GET',
  path: '/api/v1/erasure-requests/{erasure_id}/events',
  summary: 'The events of the log that an erasure made unreadable, in the order of the log',
  params,
  query: pagingQuery,
  response: { 200: page(shreddedEvent) },
  errors: ['erasures.unknown', 'erasures.cursor-invalid', 'erasures.cursor-mismatch'],
});
export const erasureEndpoints = [requestErasure, listErasures, getErasure, listShreddedEvents];
