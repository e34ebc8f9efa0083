import { booleanArray, float8Array, textArray, uuidArray, type Queryable } from '@retort/postgres';
import { parsePosition, type RecordedEvent } from '@retort/event-store';
import { keysOf, placesOf, type Statement } from './statement.ts';
import { exchanges, expireExchanges, shredExchanges } from './write-exchanges.ts';
import type { DecisionRow, ExpiredRows, OutcomeRow, PoisonRow, Rows, StudentRow, ToolsetRow } from '../domain/rows.ts';

/** Lays rows out as parameters, which takes a while, and gives what writes them. */
export function writing(rows: Rows): (transaction: Queryable) => Promise<void> {
  const statements = [
    ...(rows.toolsets.length > 0 ? toolsets(rows.toolsets) : []),
    ...(rows.students.length > 0 ? [students(rows.students)] : []),
    ...(rows.decisions.length > 0 ? [decisions(rows.decisions)] : []),
    ...(rows.exchanges.length > 0 ? [exchanges(rows.exchanges)] : []),
    ...(rows.outcomes.length > 0 ? [outcomes(rows.outcomes)] : []),
    ...(rows.poison.length > 0 ? [poison(rows.poison)] : []),
    ...(rows.shredded.length > 0 ? [shredded(rows.shredded)] : []),
    ...(rows.destroyedKeys.length > 0 ? [...shred(rows.destroyedKeys), shredExchanges(rows.destroyedKeys)] : []),
    ...rows.expired.flatMap((expired) => [expire(expired), expireExchanges(expired)]),
  ];
  return async (transaction) => {
    for (const { sql, values } of statements) await transaction.query(sql, values);
  };
}

/** Decisions go with what was reported of them, and what was reported of one that is gone already goes, too. */
function expire({ tenant, upTo }: ExpiredRows): Statement {
  const { commit, prepare } = parsePosition(upTo);
  const sql = `
    with gone as (
      delete from decisions where tenant = $1 and (commit_position, prepare_position) <= ($2::bigint, $3::bigint)
      returning id)
    delete from outcomes where tenant = $1
      and (decision_id in (select id from gone) or (commit_position, prepare_position) <= ($2::bigint, $3::bigint))`;
  return { sql, values: [tenant, commit, prepare] };
}

function decisions(rows: readonly DecisionRow[]): Statement {
  // A student's answer is the student's, also when it is reported as that of a teacher of the student's name: nothing that
  // a student said may come back to it as what the teacher said.
  const sql = `
    insert into decisions
      (tenant, id, agent_id, tool_selected, toolset, decided_by, success, execution_time_ms,
       occurred_at, recorded_at, commit_position, prepare_position, event_id, data, keys)
    select a, b, c, d, e, case when (a, p) in (select tenant, model_version from students) then 'student' else f end,
      g, h, i::timestamptz, j::timestamptz, k, l, m, n, o::uuid[]
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[],
       $8::double precision[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::uuid[], $14::json[],
       $15::text[], $16::text[]) as rows (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
    on conflict do nothing`;
  const events = rows.map(({ event }) => event);
  const values = [
    textArray(events.map((event) => event.tenant)),
    textArray(rows.map((row) => row.id)),
    textArray(rows.map((row) => row.agentId)),
    textArray(rows.map((row) => row.toolSelected)),
    textArray(rows.map((row) => row.toolset)),
    textArray(rows.map((row) => row.decidedBy)),
    booleanArray(rows.map((row) => row.success)),
    float8Array(rows.map((row) => row.executionTimeMs)),
    textArray(events.map((event) => event.occurredAt)),
    textArray(events.map((event) => event.recordedAt)),
    ...placesOf(events),
    uuidArray(events.map(({ id }) => id)),
    jsonArray(rows.map((row) => row.json)),
    textArray(events.map(keysOf)),
    textArray(rows.map((row) => row.teacherModel)),
  ];
  return { sql, values };
}

function outcomes(rows: readonly OutcomeRow[]): Statement {
  const sql = `
    insert into outcomes
      (tenant, decision_id, outcome, success, execution_time_ms, occurred_at, recorded_at,
       commit_position, prepare_position, event_id, keys)
    select a, b, c, d, e, f::timestamptz, g::timestamptz, h, i, j, k::uuid[]
    from unnest($1::text[], $2::text[], $3::json[], $4::boolean[], $5::double precision[], $6::text[], $7::text[],
       $8::bigint[], $9::bigint[], $10::uuid[], $11::text[]) as rows (a, b, c, d, e, f, g, h, i, j, k)
    on conflict do nothing`;
  const events = rows.map(({ event }) => event);
  const values = [
    textArray(events.map((event) => event.tenant)),
    textArray(rows.map((row) => row.decisionId)),
    jsonArray(rows.map((row) => row.json)),
    booleanArray(rows.map((row) => row.success)),
    float8Array(rows.map((row) => row.executionTimeMs)),
    textArray(events.map((event) => event.occurredAt)),
    textArray(events.map((event) => event.recordedAt)),
    ...placesOf(events),
    uuidArray(events.map(({ id }) => id)),
    textArray(events.map(keysOf)),
  ];
  return { sql, values };
}

function toolsets(rows: readonly ToolsetRow[]): Statement[] {
  const named = rows.filter((row) => row.name !== null);
  return [
    {
      sql: `insert into toolsets (tenant, digest, tools, unchecked)
            select * from unnest($1::text[], $2::text[], $3::json[], $4::json[]) on conflict do nothing`,
      values: [
        textArray(rows.map((row) => row.tenant)),
        textArray(rows.map((row) => row.digest)),
        jsonArray(rows.map((row) => row.json)),
        jsonArray(rows.map((row) => row.unchecked)),
      ],
    },
    {
      sql: `insert into toolset_names (tenant, name, digest)
            select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing`,
      values: [
        textArray(named.map((row) => row.tenant)),
        textArray(named.map((row) => row.name)),
        textArray(named.map((row) => row.digest)),
      ],
    },
  ];
}

function students(rows: readonly StudentRow[]): Statement {
  return {
    sql: `insert into students (tenant, model_version)
          select * from unnest($1::text[], $2::text[]) on conflict do nothing`,
    values: [textArray(rows.map((row) => row.tenant)), textArray(rows.map((row) => row.modelVersion))],
  };
}

function poison(rows: readonly PoisonRow[]): Statement {
  const events = rows.map(({ event }) => event);
  return {
    sql: `insert into poison_events
            (commit_position, prepare_position, event_id, event_type, tenant, stream, error)
          select * from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
          on conflict do nothing`,
    values: [
      ...placesOf(events),
      uuidArray(events.map(({ id }) => id)),
      textArray(events.map(({ type }) => type)),
      textArray(events.map(({ tenant }) => tenant)),
      textArray(events.map(({ stream }) => stream)),
      textArray(rows.map(({ error }) => error)),
    ],
  };
}

function shredded(events: readonly RecordedEvent[]): Statement {
  return {
    sql: `insert into shredded_events (commit_position, prepare_position, event_id, event_type, tenant, keys)
          select a, b, c, d, e, f::uuid[]
          from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[])
            as rows (a, b, c, d, e, f)
          on conflict do nothing`,
    values: [
      ...placesOf(events),
      uuidArray(events.map(({ id }) => id)),
      textArray(events.map(({ type }) => type)),
      textArray(events.map(({ tenant }) => tenant)),
      textArray(events.map(keysOf)),
    ],
  };
}

/** Rows that are encrypted in the log with keys which are destroyed become what a replay makes of them: a place, no more. */
function shred(keys: readonly string[]): Statement[] {
  const types = { decisions: 'AGENT_TOOL_SELECTED', outcomes: 'DECISION_OUTCOME_REPORTED' } as const;
  return (['decisions', 'outcomes'] as const).map((table) => ({
    sql: `with gone as (
            delete from ${table} where keys && $1::uuid[]
            returning commit_position, prepare_position, event_id, tenant, keys)
          insert into shredded_events (commit_position, prepare_position, event_id, event_type, tenant, keys)
          select commit_position, prepare_position, event_id, $2, tenant, keys from gone on conflict do nothing`,
    values: [keys, types[table]],
  }));
}

function jsonArray(values: readonly (string | null)[]): Buffer {
  return textArray(values, 'json');
}
