import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import type { Consumption, EventBus } from '../port.ts';
import { consumeGroup, type ConsumeContext } from './consume.ts';
import { deadLetterQueue } from './dead-letters.ts';
import { orUnavailable } from './faults.ts';
import { lagOf } from './lag.ts';
import { byTopic } from './message.ts';
import { publisher } from './publisher.ts';
import { topicRegistry, type TopicSettings } from './topics.ts';

export interface KafkaEventBusOptions extends TopicSettings {
  /** `host:port` each. */
  brokers: readonly string[];
  /** How the broker names this client in its logs and quotas. */
  clientId: string;
  ssl?: KafkaConfig['ssl'] | undefined;
  sasl?: KafkaConfig['sasl'] | undefined;
  /** Opens connections in place of the client, for a proxy say. */
  socketFactory?: KafkaConfig['socketFactory'];
  /** After so long without a sign of life a member's partitions go to others. 30 000 when absent. */
  sessionTimeoutMs?: number;
  /** Before the second attempt at a message; doubles with each further one. 200 when absent. */
  retryDelayMs?: number;
  /** What the client has to say; never a message's content. */
  onLog?: (entry: { level: 'info' | 'warn' | 'error'; message: string }) => void;
}

const listedDeadLetters = 100;

/** The event bus on Kafka. Publishing is idempotent within a session of the producer and acknowledged by all in-sync
 *  replicas. Consuming is at least once: whoever needs exactly once keeps partition and offset with its rows.
 *  @throws `event-bus.unavailable` (503) when no broker answers */
export async function kafkaEventBus(options: KafkaEventBusOptions): Promise<EventBus> {
  const kafka = new Kafka(clientConfig(options));
  const admin = kafka.admin();
  await orUnavailable(admin.connect());
  const { clusterId } = await orUnavailable(admin.describeCluster());
  const producing = publisher(kafka);
  const topics = topicRegistry(admin, options);
  const deadLetters = deadLetterQueue({ kafka, admin, topics, send: producing.send });
  const context: ConsumeContext = {
    kafka,
    admin,
    topics,
    deadLetters,
    retryDelayMs: options.retryDelayMs ?? 200,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 30_000,
  };
  const consumptions = new Set<Consumption>();
  return {
    name: 'kafka',
    log: `kafka ${clusterId}`,
    publish: async (messages) => {
      if (messages.length === 0) return;
      const batches = byTopic(messages);
      await orUnavailable(topics.ensure(batches.map(({ topic }) => topic)));
      await orUnavailable(producing.send(batches));
    },
    consume: async (consumeOptions) => {
      const consumption = await orUnavailable(consumeGroup(context, consumeOptions));
      consumptions.add(consumption);
      return {
        close: async () => {
          await consumption.close();
          consumptions.delete(consumption);
        },
      };
    },
    lag: (group) => orUnavailable(lagOf(admin, group)),
    deadLetters: (listing = {}) => orUnavailable(deadLetters.list({ limit: listedDeadLetters, ...listing })),
    replay: (handle) => orUnavailable(deadLetters.replay(handle)),
    trim: () => Promise.resolve(0),
    ping: async () => {
      await orUnavailable(admin.describeCluster());
    },
    close: async () => {
      await Promise.all([...consumptions].map((consumption) => consumption.close()));
      await producing.close();
      await admin.disconnect();
    },
  };
}

function clientConfig(options: KafkaEventBusOptions): KafkaConfig {
  const { brokers, clientId, ssl, sasl, socketFactory, onLog } = options;
  return {
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    ...(socketFactory === undefined ? {} : { socketFactory }),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    // About ten seconds in all: a broker that restarts is back by then, and a caller is not kept for longer.
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, log }) => {
        // Said of every producer with bounded retries. `publisher` begins a new session when they are used up.
        if (log.message.startsWith('Limiting retries for the idempotent producer')) return;
        onLog?.({ level: levelNames[level] ?? 'info', message: log.message });
      },
  };
}

const levelNames: Partial<Record<logLevel, 'warn' | 'error'>> = { [logLevel.ERROR]: 'error', [logLevel.WARN]: 'warn' };
