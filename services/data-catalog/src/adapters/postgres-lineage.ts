import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { Lineage } from '../app/lineage.ts';
import type { Edge } from '../domain/lineage.ts';
import type { LineageStep } from '../domain/derivations.ts';

export async function recordLineage(
  transaction: Queryable,
  event: ReceivedEvent,
  steps: readonly LineageStep[],
): Promise<void> {
  for (const { from, to } of steps)
    await transaction.query(
      `insert into lineage (tenant, from_node, to_node, event_id, event_type, causation_id, correlation_id)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [event.tenant, from, to, event.id, event.type, event.causationId, event.trace.correlationId],
    );
}

export function postgresLineage(database: Queryable): Lineage {
  return {
    async around({ tenant, root, depth }) {
      const { rows } = await database.query<Edge>(
        `with recursive up(node, step) as (
           select $2::text, 0
           union select from_node, step + 1 from up join lineage on tenant = $1 and to_node = node where step < $3
         ), down(node, step) as (
           select $2::text, 0
           union select to_node, step + 1 from down join lineage on tenant = $1 and from_node = node where step < $3
         )
         select from_node as "from", to_node as "to", event_id, event_type, causation_id, correlation_id from lineage
         where tenant = $1 and (to_node in (select node from up where step < $3)
                                or from_node in (select node from down where step < $3))
         order by from_node, to_node, event_id`,
        [tenant, root, depth],
      );
      return rows;
    },
  };
}
