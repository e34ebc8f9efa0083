import { identifier, type Database, type Queryable } from '@retort/postgres';
import type { RecordedEvent } from '@retort/event-store';

/** Tables that no fold makes again (docs/explanation/sources-of-truth.md), by schema. */
export const keptTables: Readonly<Record<string, readonly string[]>> = {
  access: ['tenants', 'api_keys', 'runs'],
  privacy: ['key_check', 'data_keys'],
  curation: ['datasets', 'rejections'],
  inference: ['own_answers'],
};

const rowsAtOnce = 500;

/** Copies the rows of one table that the other has not got. A table that the source never had is passed over.
 *  @returns the rows of the source */
export async function copyTable(from: Queryable, to: Database, table: string): Promise<number> {
  const name = identifier(table);
  const { rows: found } = await from.query<{ column: string }>(
    `select quote_ident(a.attname) as column from pg_attribute a
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      order by a.attnum`,
    [name],
  );
  if (found.length === 0) return 0;
  const columns = found.map(({ column }) => column).join(', ');
  let copied = 0;
  for (let rows = rowsAtOnce; rows === rowsAtOnce; copied += rows) {
    const { rows: some } = await from.query<{ row: string }>(
      `select to_jsonb(t)::text as row from (select ${columns} from ${name} order by ctid limit ${rowsAtOnce} offset $1) t`,
      [copied],
    );
    rows = some.length;
    if (rows > 0)
      await to.query(
        `insert into ${name} (${columns}) select ${columns} from jsonb_populate_recordset(null::${name}, $1::jsonb)
         on conflict do nothing`,
        [`[${some.map(({ row }) => row).join(',')}]`],
      );
  }
  return copied;
}

/** Tells the guard of an event store that does not know its ids that these are recorded, and where. */
export async function markRecorded(ingestion: Queryable, events: readonly RecordedEvent[]): Promise<void> {
  await ingestion.query(
    `insert into identities (event_id, digest, recorded, stream, head)
     select event_id, 'moved', true, stream, head from unnest($1::uuid[], $2::text[], $3::bigint[]) as t (event_id, stream, head)
     on conflict do nothing`,
    [
      events.map(({ id }) => id),
      events.map(({ stream }) => stream),
      events.map(({ revision }) => String(revision - 1n)),
    ],
  );
}
