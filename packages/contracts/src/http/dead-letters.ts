import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { paging } from './paging.ts';

/** `GET /dead-letters`: messages that a service could not handle, the oldest first. */
export const deadLetterQuery = z.strictObject({
  group: z.string().max(128).optional().describe('The service that could not handle them.'),
  limit: paging.limit,
});

export const deadLetterView = z.object({
  handle: z.string().describe('Names the dead letter.'),
  group: z.string().describe('The service that could not handle the message.'),
  topic: z.string().describe('Where the message was published.'),
  key: z.string().describe('The stream it belongs to.'),
  event_id: z.string().describe('The event it carries.'),
  event_type: z.string().describe('The type of that event.'),
  log_position: z.string().describe('Where that event stands in the log.'),
  error: z.string().describe('Why the message could not be handled.'),
  attempts: z.int().describe('How often it was tried.'),
  failed_at: z.string().describe('When it was tried last.'),
  data: z.string().describe('As it stands on the bus: whether it can be read is what may have failed.'),
});
export type DeadLetterView = z.infer<typeof deadLetterView>;
export const deadLetterListView = z.object({ data: z.array(deadLetterView).describe('The oldest first.') });

const admin = { owner: 'event-projection', scope: 'admin' } as const;

export const listDeadLetters = endpoint({
  ...admin,
  id: 'listDeadLetters',
  method: 'GET',
  path: '/api/v1/dead-letters',
  summary: 'Messages of the tenant that a service could not handle, the oldest first',
  query: deadLetterQuery,
  response: { 200: deadLetterListView },
  errors: [],
});

export const replayDeadLetter = endpoint({
  ...admin,
  id: 'replayDeadLetter',
  method: 'POST',
  path: '/api/v1/dead-letters/{handle}:replay',
  audited: 'dead-letters.replay',
  summary: 'Publish a dead letter again, for the service that buried it; it is no dead letter then',
  params: z.strictObject({ handle: z.string().describe('The dead letter.') }),
  response: { 200: deadLetterView },
  errors: ['dead-letters.unknown', 'event-bus.dead-letter-missing'],
});

const operator = { owner: 'event-projection', scope: 'platform:operate' } as const;
const platformDeadLetterView = deadLetterView.extend({ tenant: z.string().describe('Whose message it is.') });

export const listPlatformDeadLetters = endpoint({
  ...operator,
  id: 'listPlatformDeadLetters',
  method: 'GET',
  path: '/api/v1/platform/dead-letters',
  summary: 'Messages of all tenants that a service could not handle, the oldest first',
  query: deadLetterQuery,
  response: {
    200: z.object({ data: z.array(platformDeadLetterView).describe('The oldest first.') }),
  },
  errors: [],
});
