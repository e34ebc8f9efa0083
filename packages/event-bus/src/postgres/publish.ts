import { hash32 } from '@retort/kernel';
import { int4Array, textArray, type Queryable } from '@retort/postgres';
import type { BusMessage } from '../port.ts';

/** Partitions of every topic: at most so many members of a group work at once. */
export const partitionCount = 8;

function partitionOf(key: string): number {
  return hash32(key) % partitionCount;
}

/** Stores messages with the next offsets of their partitions, in one statement. */
export async function publish(database: Queryable, messages: readonly BusMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await database.query(
    `with incoming as (
       select * from unnest($1::text[], $2::int[], $3::text[], $4::json[], $5::text[])
         with ordinality as m (topic, partition, key, attributes, data, ordinal)
     ), reserved as (
       insert into event_bus.partitions as p (topic, partition, next_offset)
       select topic, partition, count(*) from incoming group by topic, partition order by topic, partition
       on conflict (topic, partition) do update set next_offset = p.next_offset + excluded.next_offset
       returning topic, partition, next_offset
     )
     insert into event_bus.messages (topic, partition, "offset", key, attributes, data)
     select i.topic, i.partition,
            r.next_offset - count(*) over (partition by i.topic, i.partition)
              + row_number() over (partition by i.topic, i.partition order by i.ordinal) - 1,
            i.key, i.attributes, i.data
       from incoming i join reserved r using (topic, partition)`,
    [
      textArray(messages.map((message) => message.topic)),
      int4Array(messages.map((message) => partitionOf(message.key))),
      textArray(messages.map((message) => message.key)),
      textArray(
        messages.map((message) => JSON.stringify(message.attributes)),
        'json',
      ),
      textArray(messages.map((message) => message.data)),
    ],
  );
}
