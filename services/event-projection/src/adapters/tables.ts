import {
  advanceCheckpoint,
  int8Array,
  readCheckpoint,
  textArray,
  uuidArray,
  type Database,
  type Queryable,
} from '@retort/postgres';
import { parsePosition, type RecordedEvent } from '@retort/event-store';
import { readModelsLock, type LogFold } from '@retort/service-kit';
import type { Projection } from '../app/project.ts';
import {
  rowsOf,
  type DecisionRow,
  type OutcomeRow,
  type PoisonRow,
  type Rows,
  type ShreddedRow,
  type StudentRow,
  type ToolsetRow,
} from '../domain/rows.ts';

export const projected = [
  'decisions',
  'outcomes',
  'toolsets',
  'toolset_names',
  'students',
  'poison_events',
  'shredded_events',
] as const;

export const checkpointName = { live: 'decisions', relay: 'relay' } as const;

/** The tables of decisions as a fold of the log. */
export function decisionsFold(database: Database): LogFold {
  const name = checkpointName.live;
  return {
    name,
    fills: projected.map((table) => ({ name: table })),
    position: () => readCheckpoint(database, name),
    async fold(events, transaction) {
      const rows = rowsOf(events);
      await insertRows(transaction, rows);
      return rows.poison.length;
    },
    setAside: (event, error, transaction) => insertPoison(transaction, [{ event, error }]),
  };
}

export function postgresProjection(database: Database): Projection {
  const name = checkpointName.live;
  return {
    position: () => readCheckpoint(database, name),
    write: (rows, from, to) =>
      database.transaction(async (transaction) => {
        await transaction.query(`select pg_advisory_xact_lock_shared(${readModelsLock})`);
        await insertRows(transaction, rows);
        await advanceCheckpoint(transaction, { name, from, to });
      }),
  };
}

/** Events that no row could be made of. */
export async function countPoison(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ count: bigint }>('select count(*) as count from poison_events');
  return Number(rows[0]!.count);
}

/** Events that nobody can read any more. */
export async function countShredded(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ count: bigint }>('select count(*) as count from shredded_events');
  return Number(rows[0]!.count);
}

async function insertRows(transaction: Queryable, rows: Rows): Promise<void> {
  if (rows.toolsets.length > 0) await insertToolsets(transaction, rows.toolsets);
  if (rows.students.length > 0) await insertStudents(transaction, rows.students);
  if (rows.decisions.length > 0) await insertDecisions(transaction, await withoutPosing(transaction, rows.decisions));
  if (rows.outcomes.length > 0) await insertOutcomes(transaction, rows.outcomes);
  if (rows.poison.length > 0) await insertPoison(transaction, rows.poison);
  if (rows.shredded.length > 0) await insertShredded(transaction, rows.shredded);
  if (rows.destroyedKeys.length > 0) await shred(transaction, rows.destroyedKeys);
}

async function insertShredded(transaction: Queryable, rows: readonly ShreddedRow[]) {
  const places = rows.map((row) => parsePosition(row.position));
  await transaction.query(
    `insert into shredded_events
       (commit_position, prepare_position, event_id, event_type, tenant, keys)
     select a, b, c, d, e, f::uuid[]
     from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[]) as rows (a, b, c, d, e, f)
     on conflict do nothing`,
    [
      places.map(({ commit }) => commit),
      places.map(({ prepare }) => prepare),
      rows.map((row) => row.eventId),
      rows.map((row) => row.eventType),
      rows.map((row) => row.tenant),
      rows.map(keysOf),
    ],
  );
}

/** Rows that are encrypted in the log with keys which are destroyed become what a replay makes of them: a place, no more. */
async function shred(transaction: Queryable, keys: readonly string[]): Promise<void> {
  const types = { decisions: 'AGENT_TOOL_SELECTED', outcomes: 'DECISION_OUTCOME_REPORTED' } as const;
  for (const table of ['decisions', 'outcomes'] as const)
    await transaction.query(
      `with gone as (
         delete from ${table} where keys && $1::uuid[]
         returning commit_position, prepare_position, event_id, tenant, keys)
       insert into shredded_events
         (commit_position, prepare_position, event_id, event_type, tenant, keys)
       select commit_position, prepare_position, event_id, $2, tenant, keys from gone on conflict do nothing`,
      [keys, types[table]],
    );
}

async function insertStudents(transaction: Queryable, rows: readonly StudentRow[]) {
  await transaction.query(
    `insert into students (tenant, model_version)
     select * from unnest($1::text[], $2::text[]) on conflict do nothing`,
    [rows.map((row) => row.tenant), rows.map((row) => row.modelVersion)],
  );
}

/** A student's answer is the student's, also when it is reported as that of a teacher of the student's name: nothing that a
 *  student said may come back to it as what the teacher said. */
async function withoutPosing(transaction: Queryable, rows: readonly DecisionRow[]): Promise<readonly DecisionRow[]> {
  const named = [...new Set(rows.flatMap(({ teacherModel }) => (teacherModel === null ? [] : [teacherModel])))];
  if (named.length === 0) return rows;
  const { rows: students } = await transaction.query<{ tenant: string; model_version: string }>(
    `select tenant, model_version from students where model_version = any($1)`,
    [named],
  );
  if (students.length === 0) return rows;
  const keyOf = (tenant: string, version: string | null) => JSON.stringify([tenant, version]);
  const known = new Set(students.map(({ tenant, model_version }) => keyOf(tenant, model_version)));
  return rows.map((row) => (known.has(keyOf(row.tenant, row.teacherModel)) ? { ...row, decidedBy: 'student' } : row));
}

async function insertDecisions(transaction: Queryable, rows: readonly DecisionRow[]) {
  const places = rows.map((row) => parsePosition(row.position));
  await transaction.query(
    `insert into decisions
       (tenant, id, agent_id, tool_selected, toolset, decided_by, success, execution_time_ms,
        occurred_at, recorded_at, commit_position, prepare_position, event_id, data, keys)
     select a, b, c, d, e, f, g, h, i, j, k, l, m, n, o::uuid[]
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[],
        $8::double precision[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::bigint[], $13::uuid[],
        $14::json[], $15::text[]) as rows (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
     on conflict do nothing`,
    [
      textArray(rows.map((row) => row.tenant)),
      textArray(rows.map((row) => row.id)),
      textArray(rows.map((row) => row.agentId)),
      rows.map((row) => row.toolSelected),
      textArray(rows.map((row) => row.toolset)),
      textArray(rows.map((row) => row.decidedBy)),
      rows.map((row) => row.success),
      rows.map((row) => row.executionTimeMs),
      rows.map((row) => row.occurredAt),
      rows.map((row) => row.recordedAt),
      int8Array(places.map(({ commit }) => commit)),
      int8Array(places.map(({ prepare }) => prepare)),
      uuidArray(rows.map((row) => row.eventId)),
      textArray(
        rows.map((row) => row.json),
        'json',
      ),
      rows.map(keysOf),
    ],
  );
}

/** An array in an array: as text, for `unnest` would flatten it. */
function keysOf({ keys }: { keys: readonly string[] | null }): string | null {
  return keys && `{${keys.join()}}`;
}

async function insertOutcomes(transaction: Queryable, rows: readonly OutcomeRow[]) {
  const places = rows.map((row) => parsePosition(row.position));
  await transaction.query(
    `insert into outcomes
       (tenant, decision_id, outcome, success, execution_time_ms, occurred_at, recorded_at,
        commit_position, prepare_position, event_id, keys)
     select a, b, c, d, e, f, g, h, i, j, k::uuid[]
     from unnest($1::text[], $2::text[], $3::json[], $4::boolean[], $5::double precision[],
        $6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::bigint[], $10::uuid[], $11::text[])
        as rows (a, b, c, d, e, f, g, h, i, j, k)
     on conflict do nothing`,
    [
      textArray(rows.map((row) => row.tenant)),
      textArray(rows.map((row) => row.decisionId)),
      textArray(
        rows.map((row) => row.json),
        'json',
      ),
      rows.map((row) => row.success),
      rows.map((row) => row.executionTimeMs),
      rows.map((row) => row.occurredAt),
      rows.map((row) => row.recordedAt),
      int8Array(places.map(({ commit }) => commit)),
      int8Array(places.map(({ prepare }) => prepare)),
      uuidArray(rows.map((row) => row.eventId)),
      rows.map(keysOf),
    ],
  );
}

async function insertToolsets(transaction: Queryable, rows: readonly ToolsetRow[]) {
  await transaction.query(
    `insert into toolsets (tenant, digest, tools, unchecked)
     select * from unnest($1::text[], $2::text[], $3::json[], $4::json[]) on conflict do nothing`,
    [
      textArray(rows.map((row) => row.tenant)),
      textArray(rows.map((row) => row.digest)),
      textArray(
        rows.map((row) => row.json),
        'json',
      ),
      rows.map((row) => row.unchecked),
    ],
  );
  const named = rows.filter((row) => row.name !== null);
  if (named.length === 0) return;
  await transaction.query(
    `insert into toolset_names (tenant, name, digest)
     select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing`,
    [named.map((row) => row.tenant), named.map((row) => row.name), named.map((row) => row.digest)],
  );
}

async function insertPoison(transaction: Queryable, rows: readonly PoisonRow[]) {
  const places = rows.map(({ event }) => parsePosition(event.position));
  const of = (member: (event: RecordedEvent) => string) => rows.map(({ event }) => member(event));
  await transaction.query(
    `insert into poison_events
       (commit_position, prepare_position, event_id, event_type, tenant, stream, error)
     select * from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
     on conflict do nothing`,
    [
      places.map(({ commit }) => commit),
      places.map(({ prepare }) => prepare),
      of((event) => event.id),
      of((event) => event.type),
      of((event) => event.tenant),
      of((event) => event.stream),
      rows.map(({ error }) => error),
    ],
  );
}
