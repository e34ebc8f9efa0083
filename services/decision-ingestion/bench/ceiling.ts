import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Rows a second that one COPY of the log's own rows reaches, into a table of its shape without its indexes: what a
 *  client of this database can hope for at most. */
export async function copyCeiling(client: pg.Client, limit: number): Promise<number> {
  const { rows } = await client.query<Record<string, unknown>>(
    `select transaction_id::text, ordinal, stream, revision::text, event_id, type, version, tenant, aggregate_type,
       aggregate_id, occurred_at, recorded_at::text, causation_id, correlation_id, data::text, trace_parent
     from event_store.events order by transaction_id, ordinal limit $1`,
    [limit],
  );
  const lines = rows.map((row) => `${Object.values(row).map(field).join('\t')}\n`);
  await client.query('create table ceiling (like event_store.events)');
  const started = performance.now();
  await pipeline(Readable.from(chunks(lines)), client.query(copyFrom('copy ceiling from stdin')));
  return rows.length / ((performance.now() - started) / 1000);
}

function field(value: unknown): string {
  if (value === null) return '\\N';
  return String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r');
}

function* chunks(lines: readonly string[]): Generator<string> {
  for (let at = 0; at < lines.length; at += 500) yield lines.slice(at, at + 500).join('');
}
