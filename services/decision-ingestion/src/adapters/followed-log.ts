import type { FollowedLog } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';

/** Ingestion reads nothing of the log: it knows its beginning and no place in it. */
export function postgresFollowedLog(database: Queryable): FollowedLog {
  return {
    async first() {
      const { rows } = await database.query<{ stream: string; event_id: string }>(
        'select stream, event_id from followed_log',
      );
      return rows[0] ? { stream: rows[0].stream, eventId: rows[0].event_id } : null;
    },
    async anchor({ stream, eventId }) {
      await database.query('insert into followed_log (stream, event_id) values ($1, $2) on conflict do nothing', [
        stream,
        eventId,
      ]);
    },
    chainBegins: async () => null,
    furthest: async () => null,
  };
}
