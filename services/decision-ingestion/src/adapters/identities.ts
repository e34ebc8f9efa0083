import { int8Array, postgresFault, textArray, uuidArray, type Database } from '@retort/postgres';
import type { Held, Identities } from '../app/identities.ts';

/** Longer than any append lives: its deadline, and as much again for clocks that differ. */
const abandonedSeconds = 60;

export function postgresIdentities(database: Database): Identities {
  const run = async <Row extends object>(name: string, text: string, values: unknown[]) => {
    try {
      return (await database.pool.query<Row>({ name: `identities.${name}`, text, values })).rows;
    } catch (error) {
      throw postgresFault(error);
    }
  };
  return {
    async claim(identities) {
      // One order for all writers: two groups with the same ids wait for one another instead of deadlocking.
      const sorted = [...identities].sort((left, right) => (left.eventId < right.eventId ? -1 : 1));
      const claimed = await run<{ event_id: string }>(
        'claim',
        `insert into identities (event_id, digest, stream, head, claimed_at)
         select claim.*, now() from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) as claim
         on conflict do nothing returning event_id`,
        [
          uuidArray(sorted.map(({ eventId }) => eventId)),
          textArray(sorted.map(({ digest }) => digest)),
          textArray(sorted.map(({ stream }) => stream)),
          int8Array(sorted.map(({ head }) => head)),
        ],
      );
      if (claimed.length === identities.length) return identities.map(() => null);
      const own = new Set(claimed.map(({ event_id }) => event_id));
      const rows = await run<Held & { event_id: string }>(
        'held',
        `select event_id, digest, stream, head, recorded,
                coalesce(claimed_at < now() - make_interval(secs => ${abandonedSeconds}), true) as abandoned
           from identities where event_id = any($1::uuid[])`,
        [uuidArray(identities.flatMap(({ eventId }) => (own.has(eventId) ? [] : [eventId])))],
      );
      const held = new Map(rows.map(({ event_id, ...row }) => [event_id, row]));
      return identities.map(({ eventId }) => held.get(eventId) ?? null);
    },
    async takeOver({ eventId, digest, stream, head }, held) {
      const taken = await run(
        'take-over',
        `update identities set digest = $2, stream = $3, head = $4, claimed_at = now()
          where event_id = $1 and not recorded and digest = $5 and stream is not distinct from $6 returning event_id`,
        [eventId, digest, stream, head, held.digest, held.stream],
      );
      return taken.length === 1;
    },
    async markRecorded(eventIds) {
      // A mark that is lost costs a look into the log, no more: nobody waits for it to be on disk.
      await database.transaction(async (transaction) => {
        await transaction.query('set local synchronous_commit = off');
        await transaction.query('update identities set recorded = true where event_id = any($1::uuid[])', [
          uuidArray([...eventIds]),
        ]);
      });
    },
  };
}
