import { listDeadLetters, listPlatformDeadLetters, replayDeadLetter, type DeadLetterView } from '@retort/contracts';
import type { DeadLetter, EventBus } from '@retort/event-bus';
import { fault } from '@retort/kernel';
import { mount, type Routes } from '@retort/service-kit';

/** What this service has put on the bus and another could not handle. */
export function deadLetterRoutes(app: Routes, bus: Pick<EventBus, 'deadLetters' | 'replay'>): void {
  mount(app, listDeadLetters, async ({ query: { group, limit }, caller: { tenant } }) => ({
    data: (await bus.deadLetters({ tenant, limit, ...(group === undefined ? {} : { group }) })).map(viewOf),
  }));

  mount(app, listPlatformDeadLetters, async ({ query: { group, limit } }) => {
    const letters = await bus.deadLetters({ limit, ...(group === undefined ? {} : { group }) });
    return { data: letters.map((letter) => ({ ...viewOf(letter), tenant: letter.message.attributes.tenant })) };
  });

  mount(app, replayDeadLetter, async ({ params: { handle }, caller: { tenant } }) => {
    const [letter] = await bus.deadLetters({ tenant, handle });
    if (!letter)
      throw fault('dead-letters.unknown', {
        public: 'There is no such dead letter: it may have been replayed already.',
      });
    await bus.replay(handle);
    return viewOf(letter);
  });
}

function viewOf({ handle, group, message, error, attempts, failedAt }: DeadLetter): DeadLetterView {
  const { topic, key, attributes, data } = message;
  return {
    handle,
    group,
    topic,
    key,
    event_id: attributes.id,
    event_type: attributes.type,
    log_position: attributes.logposition,
    error,
    attempts,
    failed_at: failedAt,
    data,
  };
}
