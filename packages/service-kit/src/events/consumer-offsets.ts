import type { Queryable } from '@retort/postgres';

/** The places of older releases, which knew no `log`, are those of the bus in Postgres. */
export const consumerOffsetsTable = `
  create table if not exists consumer_offsets (
    topic       text   not null,
    partition   int    not null,
    next_offset bigint not null,
    primary key (topic, partition)
  );
  do $$ begin
    if not exists (select from information_schema.columns where table_schema = current_schema()
                   and table_name = 'consumer_offsets' and column_name = 'log') then
      alter table consumer_offsets add column log text not null default 'postgres',
        drop constraint consumer_offsets_pkey, add primary key (log, topic, partition);
    end if;
  end $$`;

interface Place {
  /** Which bus it is: another one, or a broker that was set up anew, counts from 0 again. */
  log: string;
  topic: string;
  partition: number;
  offset: bigint;
}

/** Takes a message for handling in this transaction. False when it was handled before: the bus delivers at least once,
 *  and a consumer that lost its partition may go on for a while beside the new owner. The row's lock makes the two
 *  wait for one another. */
export async function takeOffset(transaction: Queryable, { log, topic, partition, offset }: Place): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `insert into consumer_offsets as known (log, topic, partition, next_offset) values ($1, $2, $3, $4::bigint + 1)
     on conflict (log, topic, partition) do update set next_offset = excluded.next_offset
       where known.next_offset < excluded.next_offset`,
    [log, topic, partition, offset.toString()],
  );
  return rowCount === 1;
}
