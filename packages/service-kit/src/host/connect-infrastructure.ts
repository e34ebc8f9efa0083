import { kafkaEventBus, migrateEventBus, postgresEventBus, type EventBus } from '@retort/event-bus';
import { eventStoreDbEventStore, migrateEventStore, postgresEventStore, type EventStore } from '@retort/event-store';
import { fault } from '@retort/kernel';
import { connectDatabase, type Database } from '@retort/postgres';
import type { Logger } from 'pino';
import { createLogger } from '../log.ts';
import { sparingLog } from '../sparing-log.ts';
import { openTracing } from '../tracing/open-tracing.ts';
import { erasedKeys } from '../events/erased-keys.ts';
import { openArtifacts } from './artifact-settings.ts';
import { kafkaOptions } from './kafka-settings.ts';
import { openPrivacy } from './open-privacy.ts';
import type { Infrastructure, InfrastructureConfig } from './infrastructure.ts';

/** Opens what a process works with, as its configuration says; spans name the process. Which adapter it is, nobody behind this line knows.
 *  @throws `config.missing` when an adapter that was chosen is not told where its server is, or the key of what is encrypted is not
 *          given; `privacy.wrong-key` when it is another one */
export async function connectInfrastructure(
  config: InfrastructureConfig,
  log: Logger = createLogger({ level: config.logLevel }),
  process?: string,
): Promise<Infrastructure> {
  const said = sparingLog(log);
  const server = serverOf(config.databaseUrl);
  const pools = new Map<string, Database>();
  const open = (schema: string, connections: number) => {
    const known = pools.get(schema);
    if (known) return known;
    const pool = connectDatabase({
      url: config.databaseUrl,
      schema,
      max: connections,
      applicationName: `retort ${schema}`,
      onConnectionLost: ({ message }) =>
        said.trouble('database', `Connections to the database at ${server} were lost (${message}); see that it runs.`),
    });
    pools.set(schema, pool);
    return pool;
  };
  const closePools = () => Promise.all([...pools.values()].map((pool) => pool.close()));
  try {
    const artifacts = openArtifacts(config);
    const stored = await openEventStore(config, { open, log });
    const privacy = await openPrivacy(config, open('privacy', config.databaseConnections));
    const events = privacy?.encryption?.protect(stored, erasedKeys) ?? stored;
    const bus = await openEventBus(config, { open, log });
    const tracing = await openTracing(config, log, process);
    return {
      config,
      database: (schema) => open(schema, config.databaseConnections),
      events,
      storedEvents: stored,
      privacy,
      bus,
      artifacts,
      tracing,
      async close() {
        await tracing.close();
        await bus.close();
        await events.close();
        await closePools();
      },
    };
  } catch (error) {
    await closePools();
    throw error;
  }
}

type OpenPool = (schema: string, connections: number) => Database;

async function openEventStore(
  config: InfrastructureConfig,
  { open, log }: { open: OpenPool; log: Logger },
): Promise<EventStore> {
  if (config.eventStore === 'eventstoredb') {
    if (config.eventStoreUrl === undefined) throw missing('RETORT_EVENT_STORE_URL', 'the event store eventstoredb');
    const said = sparingLog(log);
    return eventStoreDbEventStore({
      connectionString: config.eventStoreUrl,
      streamPrefix: config.eventStoreStreamPrefix,
      onOutcome: (operation, trouble) => {
        if (trouble === null) said.over(operation, 'the event store answers again');
        else said.trouble(operation, trouble);
      },
    });
  }
  const db = open('event_store', 2 * config.databaseConnections);
  await migrateEventStore(db);
  return postgresEventStore({ db });
}

async function openEventBus(
  config: InfrastructureConfig,
  { open, log }: { open: OpenPool; log: Logger },
): Promise<EventBus> {
  if (config.bus === 'kafka') {
    if (config.kafkaBrokers.length === 0) throw missing('RETORT_KAFKA_BROKERS', 'the bus kafka');
    return kafkaEventBus({
      ...(await kafkaOptions(config)),
      clientId: 'retort',
      onLog: ({ level, message }) => {
        if (level !== 'info') log.warn({ kafka: message }, 'the Kafka client has a complaint');
      },
    });
  }
  const db = open('event_bus', 2 * config.databaseConnections);
  await migrateEventBus(db);
  return postgresEventBus({ db });
}

function missing(setting: string, what: string): Error {
  return fault('config.missing', { public: `${setting} is needed for ${what}.` });
}

/** Without what may be a secret. */
function serverOf(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return 'RETORT_DATABASE_URL';
  const { host, pathname, searchParams } = new URL(databaseUrl);
  return `${searchParams.get('host') ?? host}${pathname}`;
}
