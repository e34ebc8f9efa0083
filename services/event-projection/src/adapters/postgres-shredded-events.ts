import { parsePosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import type { ShreddedEvents } from '../app/shredded-events.ts';

const countedAs: Readonly<Record<string, string>> = {
  AGENT_TOOL_SELECTED: 'decisions',
  DECISION_OUTCOME_REPORTED: 'outcomes',
};

export function postgresShreddedEvents(database: Queryable): ShreddedEvents {
  return {
    async count(tenant, keys) {
      const { rows } = await database.query<{ event_type: string; count: bigint }>(
        `select event_type, count(*) as count from shredded_events
         where tenant = $1 and keys && $2::uuid[] group by event_type`,
        [tenant, keys],
      );
      return Object.fromEntries(
        rows.map(({ event_type, count }) => [countedAs[event_type] ?? event_type, Number(count)]),
      );
    },
    async countAll(tenant) {
      const { rows } = await database.query<{ count: bigint }>(
        `select count(*) as count from shredded_events where tenant = $1 and event_type = 'AGENT_TOOL_SELECTED'`,
        [tenant],
      );
      return Number(rows[0]!.count);
    },
    async list({ tenant, keys, after, limit }) {
      const { commit, prepare } = after === null ? { commit: -1n, prepare: -1n } : parsePosition(after);
      const { rows } = await database.query<{
        event_id: string;
        event_type: string;
        commit_position: bigint;
        prepare_position: bigint;
      }>(
        `select event_id, event_type, commit_position, prepare_position from shredded_events
         where tenant = $1 and keys && $2::uuid[] and (commit_position, prepare_position) > ($3::bigint, $4::bigint)
         order by commit_position, prepare_position limit $5`,
        [tenant, keys, commit, prepare, limit],
      );
      return rows.map((row) => ({
        eventId: row.event_id,
        eventType: row.event_type,
        position: `${row.commit_position}/${row.prepare_position}`,
      }));
    },
  };
}
