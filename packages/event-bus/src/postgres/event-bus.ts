import { migrate, openNotifier, type Database } from '@retort/postgres';
import type { Consumption, EventBus, PartitionLag } from '../port.ts';
import { consume } from './consume.ts';
import { listDeadLetters, replayDeadLetter } from './dead-letters.ts';
import { publish } from './publish.ts';

export interface PostgresEventBusOptions {
  /** Any database in which `migrateEventBus` ran. It stays the caller's to close, after the bus. */
  db: Database;
  /** How long a consumer waits at most before it polls; publishing notifies it at once. 1 000 when absent. */
  pollIntervalMs?: number;
  /** After so long without a sign of life a member's partitions go to others. 9 000 when absent. */
  leaseMs?: number;
  /** Before the second attempt at a message; doubles with each further one. 200 when absent. */
  retryDelayMs?: number;
}

/** Brings the schema `event_bus` up to date. */
export async function migrateEventBus(target: string | Database): Promise<void> {
  await migrate({ target, schema: 'event_bus', folder: new URL('../../migrations/', import.meta.url) });
}

/** The event bus in Postgres: eight partitions a topic, consumer groups with leases, dead letters. */
export function postgresEventBus(options: PostgresEventBusOptions): EventBus {
  const { db, pollIntervalMs = 1_000, leaseMs = 9_000, retryDelayMs = 200 } = options;
  const notifier = openNotifier({ db, channel: 'retort_event_bus' });
  const consumptions = new Set<Consumption>();
  return {
    name: 'postgres',
    log: 'postgres',
    publish: async (messages) => {
      await publish(db, messages);
      notifier.notify();
    },
    consume: async (consumeOptions) => {
      const consumption = await consume({ db, notifier, pollIntervalMs, leaseMs, retryDelayMs }, consumeOptions);
      consumptions.add(consumption);
      return {
        close: async () => {
          await consumption.close();
          consumptions.delete(consumption);
        },
      };
    },
    lag: (group) => lag(db, group),
    deadLetters: (listOptions = {}) => listDeadLetters(db, listOptions),
    replay: async (handle) => {
      await replayDeadLetter(db, handle);
      notifier.notify();
    },
    trim: (before) => trim(db, before),
    ping: async () => {
      await db.query('select 1 from event_bus.partitions limit 1');
    },
    close: async () => {
      await Promise.all([...consumptions].map((consumption) => consumption.close()));
      await notifier.close();
    },
  };
}

async function lag(db: Database, group: string): Promise<PartitionLag[]> {
  const { rows } = await db.query<PartitionLag>(
    `select g.topic, g.partition, greatest(coalesce(p.next_offset, 0) - g.position, 0) as lag
       from event_bus.group_partitions g
       left join event_bus.partitions p on p.topic = g.topic and p.partition = g.partition
      where g."group" = $1 order by g.topic, g.partition`,
    [group],
  );
  return rows;
}

/** So many messages at a time: a million at once would outlast the statement's time. */
const trimmedAtOnce = 5_000;

async function trim(db: Database, before: Date): Promise<number> {
  for (let deleted = 0; ;) {
    const { rowCount } = await db.query(
      `delete from event_bus.messages where ctid = any(array(
         select m.ctid from event_bus.messages m
          where m.published_at < $1
            and not exists (select from event_bus.group_partitions g
                             where g.topic = m.topic and g.partition = m.partition and g.position <= m."offset")
          limit $2))`,
      [before, trimmedAtOnce],
    );
    deleted += rowCount;
    if (rowCount < trimmedAtOnce) return deleted;
  }
}
