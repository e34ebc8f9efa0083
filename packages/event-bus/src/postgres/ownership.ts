import { int4Array, textArray, type Database, type Queryable } from '@retort/postgres';
import { partitionCount } from './publish.ts';

export interface Membership {
  group: string;
  member: string;
  topics: readonly string[];
  leaseMs: number;
}

export interface Held {
  topic: string;
  partition: number;
  position: bigint;
  /** A member's fair share of this topic's partitions now. */
  share: number;
}

/** Gives a new group its offset in every partition of its topics. */
export async function beginGroup(
  db: Database,
  { group, topics }: Membership,
  startFrom: 'earliest' | 'latest',
): Promise<void> {
  await db.query(
    `insert into event_bus.group_partitions ("group", topic, partition, position)
     select $1, topic, partition,
            case when $3 then coalesce((select p.next_offset from event_bus.partitions p
                                         where p.topic = t.topic and p.partition = n.partition), 0) else 0 end
       from unnest($2::text[]) as t (topic), generate_series(0, $4::int - 1) as n (partition)
     on conflict do nothing`,
    [group, textArray(topics), startFrom === 'latest', partitionCount],
  );
}

/** Stays a member, and takes its fair share of what nobody holds. */
export async function heartbeat(db: Database, membership: Membership): Promise<Held[]> {
  const { group, member, topics, leaseMs } = membership;
  const { rows } = await db.query<Held>(
    `select held_topic as topic, held_partition as partition, held_position as position, share
       from event_bus.join_group($1, $2, $3::text[], $4::int * interval '1 millisecond')`,
    [group, member, textArray(topics), leaseMs],
  );
  return rows;
}

export async function giveBack(
  db: Database,
  { group, member }: Membership,
  partitions: readonly { topic: string; partition: number }[],
): Promise<void> {
  await db.query(
    `update event_bus.group_partitions g set owner = null, leased_until = null
       from unnest($3::text[], $4::int[]) as given (topic, partition)
      where g."group" = $1 and g.owner = $2 and g.topic = given.topic and g.partition = given.partition`,
    [
      group,
      member,
      textArray(partitions.map((partition) => partition.topic)),
      int4Array(partitions.map((partition) => partition.partition)),
    ],
  );
}

export async function leaveGroup(db: Database, { group, member }: Membership): Promise<void> {
  await db.query(
    `with left_over as (
       update event_bus.group_partitions set owner = null, leased_until = null where "group" = $1 and owner = $2)
     delete from event_bus.members where "group" = $1 and member = $2`,
    [group, member],
  );
}

/** Moves the group's offset in a partition, if this member still holds it; false when it does not. */
export async function commitPosition(
  database: Queryable,
  { group, member }: Membership,
  { topic, partition, position }: { topic: string; partition: number; position: bigint },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `update event_bus.group_partitions set position = $5
      where "group" = $1 and owner = $2 and topic = $3 and partition = $4 and position <= $5`,
    [group, member, topic, partition, position],
  );
  return rowCount === 1;
}
