import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { eventCatalog } from '@retort/contracts';
import { kafkaEventBus, migrateEventBus, postgresEventBus, type EventBus } from '@retort/event-bus';
import { migrateEventStore, postgresEventStore, type EventStore } from '@retort/event-store';
import { connectDatabase, migrate, startEmbeddedPostgres, type Database } from '@retort/postgres';
import { startKafkaBroker, whyNoKafka } from '@retort/testing/kafka';
import { relayLoop } from '../src/app/relay.ts';
import { config } from '../src/config.ts';
import { eventType, fillLog } from './log.ts';
import { produceCeiling, readTopic } from './raw-kafka.ts';

export interface RelayReport {
  messages_per_second: number;
  messages: number;
  bus: string;
  /** In the log and not on the bus; on the bus more than once. */
  lost: number;
  duplicated: number;
  /** The client alone, producing the same messages. Null on Postgres, which has no client but the adapter itself. */
  ceiling_messages_per_second: number | null;
  ratio: number | null;
}

/** The bus under measurement, and what a look at it afterwards finds. */
interface Subject {
  name: string;
  bus: EventBus;
  inspect(): Promise<{ ids: string[]; ceiling: number | null }>;
  stop(): Promise<void>;
}

/** What is measured must be many batches. */
const fewest = 10_000;
const { topic } = eventCatalog[eventType];

/** Fills a real log, has the relay carry it to a real bus, and reads the bus to find what was lost. */
export async function benchRelay(kind: 'kafka' | 'postgres', events: number): Promise<RelayReport> {
  const folder = await mkdtemp(join(tmpdir(), 'retort-bench-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), ephemeral: true });
  const database = connectDatabase({ url: postgres.url(), schema: 'event_projection', max: 10 });
  try {
    await migrateEventStore(postgres.url());
    await migrate({
      target: postgres.url(),
      schema: 'event_projection',
      folder: new URL('../migrations/', import.meta.url),
    });
    const store = postgresEventStore({ db: database });
    const subject = kind === 'kafka' ? await onKafka() : await onPostgres(database);
    try {
      const warmUp = 2 * fewest;
      const sent = await fillLog(store, warmUp + events);
      const seconds = await relay({ store, bus: subject.bus, database, events, warmUp });
      const { ids, ceiling } = await subject.inspect();
      const present = new Set(ids);
      const rate = events / seconds;
      return {
        messages_per_second: Math.round(rate),
        messages: events,
        bus: subject.name,
        lost: sent.filter((id) => !present.has(id)).length,
        duplicated: ids.length - present.size,
        ceiling_messages_per_second: ceiling === null ? null : Math.round(ceiling),
        ratio: ceiling === null ? null : Math.round((rate / ceiling) * 1_000) / 1_000,
      };
    } finally {
      await store.close();
      await subject.stop();
    }
  } finally {
    await database.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function onKafka(): Promise<Subject> {
  const broker = await startKafkaBroker();
  const bus = await kafkaEventBus({ brokers: broker.brokers, clientId: 'bench-relay' });
  return {
    name: broker.description,
    bus,
    inspect: async () => {
      const messages = await readTopic(broker.brokers, topic);
      return {
        ids: messages.map(({ headers }) => String(headers?.['ce_id'])),
        ceiling: await produceCeiling(broker.brokers, messages),
      };
    },
    stop: async () => {
      await bus.close();
      await broker.stop();
    },
  };
}

async function onPostgres(database: Database): Promise<Subject> {
  await migrateEventBus(database);
  const bus = postgresEventBus({ db: database });
  return {
    name: 'postgres',
    bus,
    inspect: async () => {
      const { rows } = await database.query<{ id: string }>(
        `select attributes->>'id' as id from event_bus.messages where topic = $1`,
        [topic],
      );
      return { ids: rows.map(({ id }) => id), ceiling: null };
    },
    stop: () => bus.close(),
  };
}

interface Work {
  store: EventStore;
  bus: EventBus;
  database: Database;
  events: number;
  /** Carried before the clock runs: a broker that has just started is slower than one that has not. */
  warmUp: number;
}

/** Seconds in which the relay, at its usual settings, carried the events after the first ones. */
async function relay({ events, warmUp, ...work }: Work): Promise<number> {
  const finished = new AbortController();
  let carried = 0;
  let started = NaN;
  let counted = 0;
  let stoppedAt = NaN;
  const loop = relayLoop({
    ...work,
    batchSize: config.parse({}).relayBatchSize,
    onRelayed: (messages) => {
      carried += messages;
      if (carried >= warmUp && Number.isNaN(started)) {
        started = performance.now();
        counted = carried;
      }
      if (carried < warmUp + events) return;
      stoppedAt = performance.now();
      finished.abort();
    },
  });
  await loop.run(finished.signal);
  // Batches do not end where the warm-up does.
  return (((stoppedAt - started) / 1000) * events) / (carried - counted);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      bus: { type: 'string', default: (await whyNoKafka()) === null ? 'kafka' : 'postgres' },
      events: { type: 'string', default: '100000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { bus } = values;
  const events = Number(values.events);
  if (values.help || (bus !== 'kafka' && bus !== 'postgres') || !Number.isInteger(events) || events < fewest) {
    process.stderr.write('bench relay [--bus kafka|postgres] [--events N (10000 at least)] [--json]\n');
    process.exit(values.help ? 0 : 2);
  }
  const report = await benchRelay(bus, events);
  if (!values.json) for (const [name, value] of Object.entries(report)) process.stdout.write(`${name}: ${value}\n`);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
