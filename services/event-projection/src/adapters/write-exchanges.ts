import { parsePosition } from '@retort/event-store';
import { booleanArray, float8Array, textArray } from '@retort/postgres';
import type { ExchangeRow, ExpiredRows } from '../domain/rows.ts';
import { keysOf, placesOf, type Statement } from './statement.ts';

/** What turns took and cost, in rows as narrow as a ledger needs them. */
export function exchanges(rows: readonly ExchangeRow[]): Statement {
  const sql = `
    insert into exchanges
      (tenant, id, agent_id, decided_by, model, has_calls, is_audit, prompt_tokens, cached_tokens, completion_tokens,
       request_bytes, latency_ms, cost, currency, price_source, occurred_at, commit_position, prepare_position, keys)
    select a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p::timestamptz, q, r, s::uuid[]
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::double precision[],
       $9::double precision[], $10::double precision[], $11::double precision[], $12::double precision[], $13::double precision[], $14::text[],
       $15::text[], $16::text[], $17::bigint[], $18::bigint[], $19::text[])
      as rows (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s)
    on conflict do nothing`;
  const events = rows.map(({ event }) => event);
  const told = rows.map(({ exchange }) => exchange);
  const values = [
    textArray(events.map(({ tenant }) => tenant)),
    textArray(rows.map(({ id }) => id)),
    textArray(rows.map(({ agentId }) => agentId)),
    textArray(rows.map(({ decidedBy }) => decidedBy)),
    textArray(rows.map(({ model }) => model)),
    booleanArray(rows.map(({ hasCalls }) => hasCalls)),
    booleanArray(told.map(({ is_audit }) => is_audit ?? false)),
    countArray(told.map(({ prompt_tokens }) => prompt_tokens)),
    countArray(told.map(({ cached_tokens }) => cached_tokens)),
    countArray(told.map(({ completion_tokens }) => completion_tokens)),
    countArray(told.map(({ request_bytes }) => request_bytes)),
    float8Array(told.map(({ latency_ms }) => latency_ms ?? null)),
    float8Array(told.map(({ cost }) => cost?.amount ?? null)),
    textArray(told.map(({ cost }) => cost?.currency ?? null)),
    textArray(told.map(({ cost }) => cost?.price_source ?? null)),
    textArray(events.map(({ occurredAt }) => occurredAt)),
    ...placesOf(events),
    textArray(events.map(keysOf)),
  ];
  return { sql, values };
}

/** They go with their decisions. */
export function expireExchanges({ tenant, upTo }: ExpiredRows): Statement {
  const { commit, prepare } = parsePosition(upTo);
  return {
    sql: `delete from exchanges where tenant = $1 and (commit_position, prepare_position) <= ($2::bigint, $3::bigint)`,
    values: [tenant, commit, prepare],
  };
}

export function shredExchanges(keys: readonly string[]): Statement {
  return { sql: 'delete from exchanges where keys && $1::uuid[]', values: [keys] };
}

/** A count may be missing. */
function countArray(values: readonly (number | undefined)[]): Buffer {
  return float8Array(values.map((value) => value ?? null));
}
