import { listShreddedEvents, type AnswerOf } from '@retort/contracts';
import type { ServiceClient } from '../types.ts';
import type { Erasure } from './erasure-loop.ts';

export type ShreddedEvent = AnswerOf<typeof listShreddedEvents>['data'][number];
/** The events that an erasure made unreadable. */
export type ShreddedEventsOf = (erasure: Pick<Erasure, 'tenant' | 'id' | 'trace'>) => Promise<readonly ShreddedEvent[]>;

const pageSize = 1_000;

export function shreddedEventsOf(http: ServiceClient): ShreddedEventsOf {
  return async ({ tenant, id, trace }) => {
    const client = http.as(tenant, trace);
    const events: ShreddedEvent[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.call(listShreddedEvents, {
        params: { erasure_id: id },
        query: { limit: pageSize, cursor },
      });
      events.push(...page.data);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return events;
  };
}
