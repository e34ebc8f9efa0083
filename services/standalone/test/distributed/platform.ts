import { randomBytes, randomUUID } from 'node:crypto';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@retort/postgres';
import { freePort, until } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { startKafkaBroker, type KafkaBroker } from '@retort/testing/kafka';
import { services } from '../../src/services.ts';
import { serviceProcess, type Environment, type ServiceProcess } from './service-process.ts';

export interface Servers {
  kafka: KafkaBroker;
  /** null where `EVENTSTOREDB_URL` names a real one. */
  eventStore: EventStoreDbServer | null;
  eventStoreUrl: string;
  /** Starts Postgres, again after `stopPostgres` with the same data and address. */
  startPostgres(): Promise<void>;
  stopPostgres(): Promise<void>;
  /** kill −9; it comes back by itself. */
  killPostgres(): Promise<void>;
  databaseUrl: string;
  stop(): Promise<void>;
}

/** A broker, a Postgres and an event store, all of them empty. */
export async function startServers(folder: string): Promise<Servers> {
  const options = { folder: `${folder}/postgres`, port: await freePort(), settings: { max_connections: '300' } };
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres(options);
  const given = process.env['EVENTSTOREDB_URL'];
  const eventStore = given ? null : await startEventStoreDbServer({ port: await freePort() });
  const kafka = await startKafkaBroker({ sessionMs: 3_000 });
  return {
    kafka,
    eventStore,
    eventStoreUrl: given ?? eventStore!.connectionString,
    databaseUrl: postgres.url(),
    async startPostgres() {
      postgres = await startEmbeddedPostgres(options);
    },
    stopPostgres: () => postgres.stop(),
    async killPostgres() {
      const { pid } = postgres;
      process.kill(pid, 'SIGKILL');
      await until('Postgres to be started again', () => postgres.pid !== pid, 120_000);
    },
    async stop() {
      await kafka.stop();
      await eventStore?.stop();
      await postgres.stop();
    },
  };
}

/** Of which two run: what is asked most, and what takes turns under a lease or in a group of consumers. */
const twice = new Set(['decision-ingestion', 'inference', 'curation', 'event-projection']);

export interface Distributed {
  key: string;
  environment: Environment;
  edge: ServiceProcess;
  /** Every process, the edge among them. */
  processes: readonly ServiceProcess[];
  /** The first replica of a service, or the edge. */
  first(service: string): ServiceProcess;
}

/** A process for every service, two where that makes sense, and the edge. None is started. */
export async function distributedPlatform(servers: Servers, folder: string): Promise<Distributed> {
  const edgePort = await freePort();
  const environment: Environment = {
    RETORT_DATABASE_URL: servers.databaseUrl,
    RETORT_EVENT_STORE: 'eventstoredb',
    RETORT_EVENT_STORE_URL: servers.eventStoreUrl,
    RETORT_EVENT_STORE_STREAM_PREFIX: `t${randomUUID().slice(0, 8)}.`,
    RETORT_BUS: 'kafka',
    RETORT_KAFKA_BROKERS: servers.kafka.brokers.join(','),
    RETORT_KAFKA_PARTITIONS: '2',
    RETORT_DATA_FOLDER: `${folder}/data`,
    RETORT_GATEWAY_URL: `http://127.0.0.1:${edgePort}`,
    RETORT_SERVICE_KEY: newKey(),
    RETORT_TRUSTED_PROXIES: '127.0.0.1',
    RETORT_COMPUTE_THREADS: '1',
    RETORT_DRAIN_DELAY_MS: '0',
    ...manual,
  };
  const replicas: ServiceProcess[] = [];
  for (const service of services.flatMap(({ name }) => (twice.has(name) ? [name, name] : [name])))
    replicas.push(
      serviceProcess({
        service,
        port: await freePort(),
        environment: { ...environment, RETORT_SPOOL_FOLDER: `${folder}/spool-${replicas.length}` },
        log: `${folder}/${service}-${replicas.length}.log`,
      }),
    );
  const edge = serviceProcess({
    service: 'edge',
    port: edgePort,
    environment: { RETORT_SERVICE_URLS: JSON.stringify(groups(replicas)) },
    log: `${folder}/edge.log`,
  });
  return {
    key: newKey(),
    environment,
    edge,
    processes: [...replicas, edge],
    first: (service) => [...replicas, edge].find(({ name }) => name === service)!,
  };
}

const newKey = () => `rt_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`;

/** Who acts by itself: the trainer alone, so that the loop has one course. So few decisions earn a modest guarantee. */
export const manual: Environment = {
  RETORT_CURATION_AUTO: 'false',
  RETORT_EVALUATION_AUTO: 'false',
  RETORT_TRAINING_ORCHESTRATION_TARGET: '0.8',
  RETORT_TRAINING_ORCHESTRATION_FLOOR: '0.7',
};

function groups(replicas: readonly ServiceProcess[]): Record<string, string[]> {
  const urls: Record<string, string[]> = {};
  for (const { name, url } of replicas) (urls[name] ??= []).push(url);
  return urls;
}
