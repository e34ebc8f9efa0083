import { formatPosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import type { FindExpiring } from '../app/expire-decisions.ts';

/** Looks at the oldest rows of each tenant by the index of the log's order: however many there are, it takes the same. */
export function postgresExpiring(database: Queryable): FindExpiring {
  return async (recordedBefore, atMost) => {
    const { rows } = await database.query<{ tenant: string; rows: bigint; commit: bigint; prepare: bigint }>(
      `with recursive tenants as (
         (select tenant from decisions order by tenant limit 1)
         union all
         select (select d.tenant from decisions d where d.tenant > t.tenant order by d.tenant limit 1)
         from tenants t where t.tenant is not null)
       select t.tenant, expiring.rows, last.commit_position as commit, last.prepare_position as prepare
       from tenants t
       cross join lateral (
         select count(*) as rows from (
           select recorded_at from decisions d where d.tenant = t.tenant
           order by commit_position, prepare_position limit $2) oldest
         where recorded_at < $1) expiring
       cross join lateral (
         select commit_position, prepare_position from decisions d where d.tenant = t.tenant
         order by commit_position, prepare_position offset greatest(expiring.rows - 1, 0) limit 1) last
       where expiring.rows > 0`,
      [recordedBefore, atMost],
    );
    return rows.map(({ tenant, rows, commit, prepare }) => ({
      tenant,
      rows: Number(rows),
      upTo: formatPosition(commit, prepare),
    }));
  };
}
