import type { AppendOutcome, AppendRequest, EventStore } from '@retort/event-store';
import { digestOfJson } from '@retort/kernel';
import type { Identities } from '../adapters/identities.ts';
import type { CommitOutcome, GroupLog } from './group-commit.ts';

/** Gives an event store that cannot refuse a second event of the same id a memory of its ids. An id is claimed before
 *  the append and marked after it: whoever dies in between leaves a claim that the next writer of the same content may
 *  take up, and the store's own best effort catches the repeat. */
export function guardIdentities(store: Pick<EventStore, 'appendGroup'>, identities: Identities): GroupLog {
  return {
    async appendGroup(requests) {
      const claims = requests.map(claimOf);
      const held = await identities.reserve(claims);
      const seen = new Set<string>();
      const open = requests.flatMap((request, index) => {
        const { eventId, digest } = claims[index]!;
        const { recorded, digest: other } = held[index]!;
        if (recorded || other !== digest || seen.has(eventId)) return [];
        seen.add(eventId);
        return [{ request, index }];
      });
      const appended = await store.appendGroup(open.map(({ request }) => request));
      const outcomes = new Map(open.map(({ index }, place) => [index, appended[place]!]));
      // What the log refused is not in it: said to be recorded, it would be a duplicate the next time.
      const inTheLog = open.filter(({ index }) => isInTheLog(outcomes.get(index)!));
      await identities.markRecorded(inTheLog.map(({ index }) => claims[index]!.eventId));
      return claims.map(
        ({ digest }, index): CommitOutcome =>
          outcomes.get(index) ??
          (held[index]!.digest === digest
            ? { status: 'duplicate', revision: 0n, recorded: [] }
            : { status: 'identity-taken' }),
      );
    },
  };
}

function isInTheLog({ status }: AppendOutcome): boolean {
  return status === 'appended' || status === 'duplicate';
}

function claimOf({ events: [event] }: AppendRequest) {
  return { eventId: event!.id, digest: digestOfJson(JSON.parse(event!.json)) };
}
