import type { Queryable } from '@retort/postgres';

export interface Identity {
  eventId: string;
  /** Of the canonical content. */
  digest: string;
}

/** Which content an event id stands for, where the event store cannot tell. */
export interface Identities {
  /** Claims the ids that are free, and says for each what it stands for now and whether the event is known to be in the
   *  log. An id that is claimed but not recorded may be appended (again): its writer never came to say so. */
  reserve(identities: readonly Identity[]): Promise<{ digest: string; recorded: boolean }[]>;
  markRecorded(eventIds: readonly string[]): Promise<void>;
}

export function postgresIdentities(database: Queryable): Identities {
  return {
    async reserve(identities) {
      // One order for all writers: two groups with the same ids wait for one another instead of deadlocking.
      const sorted = [...identities].sort((left, right) => (left.eventId < right.eventId ? -1 : 1));
      await database.query(
        `insert into identities (event_id, digest)
         select * from unnest($1::uuid[], $2::text[]) on conflict do nothing`,
        [sorted.map((identity) => identity.eventId), sorted.map((identity) => identity.digest)],
      );
      const { rows } = await database.query<{ event_id: string; digest: string; recorded: boolean }>(
        'select event_id, digest, recorded from identities where event_id = any($1::uuid[])',
        [identities.map((identity) => identity.eventId)],
      );
      const held = new Map(rows.map(({ event_id, digest, recorded }) => [event_id, { digest, recorded }]));
      return identities.map(({ eventId, digest }) => held.get(eventId) ?? { digest, recorded: false });
    },
    async markRecorded(eventIds) {
      await database.query('update identities set recorded = true where event_id = any($1::uuid[]) and not recorded', [
        eventIds,
      ]);
    },
  };
}
