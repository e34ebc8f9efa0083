import { readFile } from 'node:fs/promises';
import type { KafkaEventBusOptions } from '@retort/event-bus';
import { fault } from '@retort/kernel';
import { z } from 'zod';
import { secret } from '../config/secret.ts';

/** How a process reaches Kafka, and what the topics that it makes are like. */
export const kafkaSettings = {
  /** Encrypted connections, checked by the authorities of the system or by `kafkaCaFile`. */
  kafkaTls: z.boolean().default(false),
  /** PEM file of the authority that signed the brokers' certificates. */
  kafkaCaFile: z.string().optional(),
  /** PEM file of a certificate of this client, where brokers ask for one. */
  kafkaCertificateFile: z.string().optional(),
  /** PEM file of its key. */
  kafkaKeyFile: z.string().optional(),
  /** How the client says who it is; nobody asks when absent. */
  kafkaSaslMechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  /** Who the client is, for `kafkaSaslMechanism`. */
  kafkaUsername: z.string().optional(),
  /** Its password. */
  kafkaPassword: secret().optional(),
  /** `given`: topics are made by whoever runs the brokers, and one that lacks is waited for. */
  kafkaTopics: z.enum(['create', 'given']).default('create'),
  /** Partitions of topics that are made: replicas of a service that share its work, at most. */
  kafkaPartitions: z.int().positive().default(8),
  /** Replicas of topics that are made; the broker's own default when absent. */
  kafkaReplicationFactor: z.int().positive().optional(),
  /** Replicas that must have a message before it is acknowledged; the broker's own default when absent. */
  kafkaMinimumInSyncReplicas: z.int().positive().optional(),
  /** Hours that a message of a topic that is made is kept; the broker's own default when absent. */
  kafkaRetentionHours: z.number().positive().optional(),
};

type KafkaConfig = z.infer<z.ZodObject<typeof kafkaSettings>> & { kafkaBrokers: string[] };
type Options = Omit<KafkaEventBusOptions, 'clientId' | 'onLog'>;

/** The settings as the bus takes them.
 *  @throws `config.missing` when one of them needs another, or a file cannot be read */
export async function kafkaOptions(config: KafkaConfig): Promise<Options> {
  const { kafkaReplicationFactor: replicationFactor } = config;
  return {
    brokers: config.kafkaBrokers,
    topics: config.kafkaTopics,
    partitions: config.kafkaPartitions,
    ...(replicationFactor !== undefined && { replicationFactor }),
    minimumInSyncReplicas: config.kafkaMinimumInSyncReplicas,
    retentionHours: config.kafkaRetentionHours,
    ssl: await tlsOf(config),
    sasl: saslOf(config),
  };
}

async function tlsOf(config: KafkaConfig): Promise<NonNullable<Options['ssl']>> {
  const { kafkaTls, kafkaCaFile, kafkaCertificateFile, kafkaKeyFile } = config;
  if (!kafkaTls) return false;
  if ((kafkaCertificateFile === undefined) !== (kafkaKeyFile === undefined))
    throw missing('RETORT_KAFKA_CERTIFICATE_FILE and RETORT_KAFKA_KEY_FILE are needed together.');
  return {
    ...(kafkaCaFile !== undefined && { ca: await contentOf('RETORT_KAFKA_CA_FILE', kafkaCaFile) }),
    ...(kafkaCertificateFile !== undefined && {
      cert: await contentOf('RETORT_KAFKA_CERTIFICATE_FILE', kafkaCertificateFile),
    }),
    ...(kafkaKeyFile !== undefined && { key: await contentOf('RETORT_KAFKA_KEY_FILE', kafkaKeyFile) }),
  };
}

function saslOf({ kafkaSaslMechanism, kafkaUsername, kafkaPassword }: KafkaConfig): Options['sasl'] {
  if (kafkaSaslMechanism === undefined) return undefined;
  if (kafkaUsername === undefined || kafkaPassword === undefined)
    throw missing('RETORT_KAFKA_USERNAME and RETORT_KAFKA_PASSWORD are needed for RETORT_KAFKA_SASL_MECHANISM.');
  const credentials = { username: kafkaUsername, password: kafkaPassword };
  switch (kafkaSaslMechanism) {
    case 'plain':
      return { mechanism: 'plain', ...credentials };
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', ...credentials };
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', ...credentials };
  }
}

function contentOf(setting: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw fault('config.missing', { public: `${setting} cannot be read: ${file}.`, cause });
  });
}

function missing(what: string) {
  return fault('config.missing', { public: what });
}
