import {
  comparePositions,
  formatPosition,
  parsePosition,
  type FirstEvent,
  type FollowedLog,
  type Position,
} from '@retort/event-store';
import { readCheckpoint, type Queryable } from '@retort/postgres';

/** @param checkpoints names of the readers' checkpoints in this schema */
export function postgresFollowedLog(database: Queryable, checkpoints: readonly string[]): FollowedLog {
  return {
    async first() {
      const { rows } = await database.query<{ stream: string; event_id: string }>(
        'select stream, event_id from followed_log',
      );
      return rows[0] ? { stream: rows[0].stream, eventId: rows[0].event_id } : null;
    },
    async anchor({ stream, eventId }: FirstEvent) {
      await database.query('insert into followed_log (stream, event_id) values ($1, $2) on conflict do nothing', [
        stream,
        eventId,
      ]);
    },
    async chainBegins() {
      const { rows } = await database.query<{ event_id: string }>(
        'select event_ids[1] as event_id from chain_blocks where number = 0',
      );
      return rows[0]?.event_id ?? null;
    },
    async furthest() {
      let furthest: Position | null = null;
      for (const name of checkpoints) {
        const text = await readCheckpoint(database, name);
        if (text === null || (furthest !== null && comparePositions(text, furthest) <= 0)) continue;
        const { commit, prepare } = parsePosition(text);
        furthest = formatPosition(commit, prepare);
      }
      return furthest;
    },
  };
}
