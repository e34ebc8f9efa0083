import { parsePosition } from '@retort/event-store';
import { readCheckpoint, type Queryable } from '@retort/postgres';
import type { Decisions, HistoryRow, SizeOfPage } from '../app/decisions.ts';
import type { FilterField, FilterOperator } from '../domain/decision-query.ts';
import type { StoredDecision } from '../domain/decision-view.ts';
import { checkpointName } from './tables.ts';

const columns: Record<FilterField, string> = {
  agent_id: 'd.agent_id',
  tool_selected: 'd.tool_selected',
  toolset: 'd.toolset',
  decided_by: 'd.decided_by',
  occurred_at: 'd.occurred_at',
  recorded_at: 'd.recorded_at',
};
const comparisons: Record<Exclude<FilterOperator, 'in'>, string> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };
const selected = `d.id, d.event_id, d.tenant, d.toolset, d.decided_by, d.occurred_at, d.recorded_at, d.commit_position,
  d.prepare_position, d.data, d.keys`;

/** An event may be as large as the body of a request: no more of them are in memory. */
const eventsAtOnce = 16;

export function postgresDecisions(database: Queryable): Decisions {
  return {
    position: () => readCheckpoint(database, checkpointName.live),

    async page({ tenant, query, snapshot, after, limit, size }) {
      const values: unknown[] = [];
      const bind = (value: unknown) => `$${values.push(value)}`;
      const bindPosition = (position: string) => {
        const { commit, prepare } = parsePosition(position);
        return `${bind(commit)}::bigint, ${bind(prepare)}::bigint`;
      };
      const pinned = bindPosition(snapshot);
      const conditions = [`d.tenant = ${bind(tenant)}`, `(d.commit_position, d.prepare_position) <= (${pinned})`];
      const knownThen = query.recordedAsOf === null ? null : bind(query.recordedAsOf);
      if (knownThen !== null) conditions.push(`d.recorded_at <= ${knownThen}`);
      if (query.asOf !== null) conditions.push(`d.occurred_at <= ${bind(query.asOf)}`);
      for (const { field, operator, values: given } of query.filters)
        conditions.push(
          operator === 'in'
            ? `${columns[field]} = any(${bind(given)})`
            : `${columns[field]} ${comparisons[operator]} ${bind(given[0])}`,
        );
      const byLog = query.sort === 'log';
      if (after !== null)
        conditions.push(
          byLog
            ? `(d.commit_position, d.prepare_position) > (${bindPosition(after.position)})`
            : `(d.occurred_at, d.commit_position, d.prepare_position)
               < (${bind(after.occurred_at)}::timestamptz, ${bindPosition(after.position)})`,
        );
      const order = byLog
        ? 'd.commit_position, d.prepare_position'
        : 'd.occurred_at desc, d.commit_position desc, d.prepare_position desc';
      const { rows } = await database.query<CutRow>(
        upTo(size, {
          among: `select ${selected} from decisions d
             where ${conditions.join(' and ')} order by ${order} limit ${bind(limit + 1)}`,
          order,
          reports: `(o.commit_position, o.prepare_position) <= (${pinned})
             ${knownThen === null ? '' : `and o.recorded_at <= ${knownThen}`}`,
        }),
        values,
      );
      return { rows: rows.slice(0, limit), more: rows.length > limit || rows.at(-1)?.full === true };
    },

    async findPage({ tenant, ids, size, recorded_as_of, as_of }) {
      const { rows } = await database.query<CutRow>(
        upTo(size, {
          among: `select ${selected} from decisions d
             where d.tenant = $1 and d.id = any($2) and ($3::timestamptz is null or d.recorded_at <= $3)
               and ($4::timestamptz is null or d.occurred_at <= $4)`,
          order: 'array_position($2, d.id)',
          reports: '($3::timestamptz is null or o.recorded_at <= $3)',
        }),
        [tenant, ids, recorded_as_of ?? null, as_of ?? null],
      );
      const last = rows.at(-1);
      return { rows, rest: last?.full === true ? ids.slice(ids.indexOf(last.id) + 1) : [] };
    },

    async find(tenant, ids, moment = {}) {
      const { rows } = await database.query<StoredDecision>(
        `select ${selected}, (
           select json_agg(o.outcome order by o.commit_position, o.prepare_position)
           from ${newestOutcomes('o.tenant = d.tenant and o.decision_id = d.id and ($3::timestamptz is null or o.recorded_at <= $3)')}) as reports
         from decisions d
         where d.tenant = $1 and d.id = any($2) and ($3::timestamptz is null or d.recorded_at <= $3)
           and ($4::timestamptz is null or d.occurred_at <= $4)`,
        [tenant, ids, moment.recorded_as_of ?? null, moment.as_of ?? null],
      );
      return rows;
    },

    async count(tenant, atMost) {
      const { rows } = await database.query<{ count: bigint }>(
        'select count(*) from (select from decisions where tenant = $1 limit $2) counted',
        [tenant, atMost],
      );
      return Number(rows[0]!.count);
    },

    async *history({ tenant, id, after, as_of, recorded_as_of }) {
      for (let from = parsePosition(after ?? '0/0'); ;) {
        const { rows } = await database.query<HistoryRow>(
          `select * from (
           select event_id, 'AGENT_TOOL_SELECTED' as event_type, occurred_at, recorded_at, commit_position,
             prepare_position, data
           from decisions where tenant = $1 and id = $2
           union all
           select event_id, 'DECISION_OUTCOME_REPORTED', occurred_at, recorded_at, commit_position, prepare_position,
             outcome
           from outcomes where tenant = $1 and decision_id = $2) event
           where ($3::timestamptz is null or recorded_at <= $3) and ($4::timestamptz is null or occurred_at <= $4)
             and (commit_position, prepare_position) > ($5::bigint, $6::bigint)
           order by commit_position, prepare_position limit ${eventsAtOnce}`,
          [tenant, id, recorded_as_of ?? null, as_of ?? null, from.commit, from.prepare],
        );
        yield* rows;
        if (rows.length < eventsAtOnce) return;
        const { commit_position: commit, prepare_position: prepare } = rows.at(-1)!;
        from = { commit, prepare };
      }
    },
  };
}

interface CutRow extends StoredDecision {
  /** The page ends with it. */
  full: boolean;
}

/** Decisions in their order up to the one that fills the page. Bytes as they are stored are counted first, which takes no look at
 *  the data, and then those of the text: a thousand decisions of 1 MB each would be more than a process holds. */
function upTo(
  { characters, withTools }: SizeOfPage,
  { among, order, reports }: { among: string; order: string; reports: string },
): string {
  const before = `over (order by ${order} rows unbounded preceding)`;
  const sizeOf = (data: (column: string) => string) =>
    withTools
      ? `${data('d.data')} + coalesce((select ${data('t.tools')} from toolsets t where t.tenant = d.tenant and t.digest = d.toolset), 0)`
      : data('d.data');
  const told = 'o.tenant = d.tenant and o.decision_id = d.id';
  return `select ${selected}, d.stored >= ${characters} or d.texts >= ${characters} as full, (
      select json_agg(o.outcome order by o.commit_position, o.prepare_position)
      from ${newestOutcomes(`${told} and ${reports}`)}) as reports
    from (
      select d.*, sum(d.own_text) ${before} as texts
      from (
        select d.*, ${sizeOf((column) => `octet_length(${column}::text)`)}
          + coalesce((select sum(octet_length(o.outcome::text)) from ${newestOutcomes(told)}), 0) as own_text
        from (
          select d.*, sum(d.own_stored) ${before} as stored
          from (select d.*, ${sizeOf((column) => `pg_column_size(${column})`)} as own_stored from (${among}) d) d) d
        where d.stored - d.own_stored < ${characters} offset 0) d) d
    where d.texts - d.own_text < ${characters}
    order by ${order}`;
}

/** Reports that go over what a decision itself says; all of them are in its history. */
const reportsMerged = 100;

/** The newest reports, as table `o`: however many there are, so many are read. */
function newestOutcomes(which: string): string {
  return `(select o.* from outcomes o where ${which}
           order by o.commit_position desc, o.prepare_position desc limit ${reportsMerged}) o`;
}
