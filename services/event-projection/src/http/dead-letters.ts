import { deadLetterListView, deadLetterQuery, deadLetterView, type DeadLetterView } from '@retort/contracts';
import type { DeadLetter, EventBus } from '@retort/event-bus';
import { fault } from '@retort/kernel';
import type { Routes } from '@retort/service-kit';
import { z } from 'zod';

const config = { scope: 'admin' } as const;

/** What this service has put on the bus and another could not handle. */
export function deadLetterRoutes(app: Routes, bus: Pick<EventBus, 'deadLetters' | 'replay'>): void {
  app.get(
    '/api/v1/dead-letters',
    {
      config,
      schema: {
        summary: 'Messages of the tenant that a service could not handle, the oldest first',
        operationId: 'listDeadLetters',
        querystring: deadLetterQuery,
        response: { 200: deadLetterListView },
      },
    },
    async ({ query: { group, limit }, caller: { tenant } }) => ({
      data: (await bus.deadLetters({ tenant, limit, ...(group === undefined ? {} : { group }) })).map(viewOf),
    }),
  );

  app.post(
    '/api/v1/dead-letters/:handle([^:/]+)::replay',
    {
      config,
      schema: {
        summary:
          'Publish a dead letter again to the topic it came from, for the service that buried it; it is no dead letter then',
        operationId: 'replayDeadLetter',
        params: z.object({ handle: z.string() }),
        response: { 200: deadLetterView },
      },
    },
    async ({ params: { handle }, caller: { tenant } }) => {
      const [letter] = await bus.deadLetters({ tenant, handle });
      if (!letter)
        throw fault('dead-letters.unknown', {
          public: 'There is no such dead letter: it may have been replayed already.',
        });
      await bus.replay(handle);
      return viewOf(letter);
    },
  );
}

function viewOf({ handle, group, message, error, attempts, failedAt }: DeadLetter): DeadLetterView {
  const { topic, key, attributes, data } = message;
  return {
    ...{ handle, group, topic, key, event_id: attributes.id, event_type: attributes.type },
    ...{ log_position: attributes.logposition, error, attempts, failed_at: failedAt, data },
  };
}
