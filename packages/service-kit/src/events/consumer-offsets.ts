import type { Queryable } from '@retort/postgres';

export const consumerOffsetsTable = `
  create table if not exists consumer_offsets (
    topic       text   not null,
    partition   int    not null,
    next_offset bigint not null,
    primary key (topic, partition)
  )`;

/** Takes a message for handling in this transaction. False when it was handled before: the bus delivers at least once,
 *  and a consumer that lost its partition may go on for a while beside the new owner. The row's lock makes the two
 *  wait for one another. */
export async function takeOffset(
  transaction: Queryable,
  message: { topic: string; partition: number; offset: bigint },
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `insert into consumer_offsets as known (topic, partition, next_offset) values ($1, $2, $3::bigint + 1)
     on conflict (topic, partition) do update set next_offset = excluded.next_offset
       where known.next_offset < excluded.next_offset`,
    [message.topic, message.partition, message.offset.toString()],
  );
  return rowCount === 1;
}
