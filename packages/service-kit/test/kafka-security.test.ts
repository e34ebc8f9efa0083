import { readFile, writeFile } from 'node:fs/promises';
import { kafkaEventBus } from '@retort/event-bus';
import { freePort, selfSignedCertificate, temporaryFolder } from '@retort/testing';
import { startSecuredKafkaBroker, whyNoSecuredKafka, type KafkaBroker } from '@retort/testing/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { infrastructureConfig } from '../src/index.ts';
import { kafkaOptions } from '../src/host/kafka-settings.ts';

const reason = await whyNoSecuredKafka();
if (reason !== null) process.stderr.write(`\nTLS and SASL of Kafka are NOT tested: ${reason}.\n`);
const user = { kafkaUsername: 'retort', kafkaPassword: 'a-password' };
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let broker: KafkaBroker | undefined;
let port: number;

/** The key and the certificate of the broker, in one file. */
async function keystoreOf(): Promise<string> {
  const { key, certificate } = selfSignedCertificate(folder.path, 'IP:127.0.0.1');
  const keystore = `${folder.path}/keystore.pem`;
  await writeFile(keystore, (await readFile(key, 'utf8')) + (await readFile(certificate, 'utf8')));
  return keystore;
}

beforeAll(async () => {
  if (reason !== null) return;
  folder = await temporaryFolder('kafka-security');
  port = await freePort();
  const users = { [user.kafkaUsername]: user.kafkaPassword };
  broker = await startSecuredKafkaBroker({ port, keystore: await keystoreOf(), users });
});
afterAll(async () => {
  await broker?.stop();
  await folder?.remove();
});

const openBus = async (settings: object) => {
  const base = {
    databaseUrl: 'postgres://x',
    kafkaBrokers: [`127.0.0.1:${port}`],
    kafkaCaFile: `${folder.path}/certificate.pem`,
  };
  const config = infrastructureConfig.parse({ ...base, kafkaTls: true, ...settings });
  return kafkaEventBus({ ...(await kafkaOptions(config)), clientId: 'secured' });
};

describe.skipIf(reason !== null)('a bus on brokers that are encrypted and ask who calls', () => {
  it.each(['plain', 'scram-sha-512'])('publishes as a user of %s', async (kafkaSaslMechanism) => {
    const bus = await openBus({ ...user, kafkaSaslMechanism, kafkaPartitions: 2, kafkaRetentionHours: 1 });
    const attributes = { source: 's', time: 't', subject: 's', tenant: 'acme', correlationid: 'c', schemaversion: '1' };
    await bus.publish([
      { topic: 'secured', key: 'k', data: '{}', attributes: { ...attributes, id: '1', type: 'T', logposition: '1' } },
    ]);
    await bus.ping();
    await bus.close();
  });

  it('says that a password is refused', async () => {
    const settings = { ...user, kafkaPassword: 'another', kafkaSaslMechanism: 'plain' };
    await expect(openBus(settings)).rejects.toThrow('event-bus.refused');
  });

  it('does not speak to a broker whose certificate nobody vouches for', async () => {
    const settings = { ...user, kafkaSaslMechanism: 'plain', kafkaCaFile: undefined };
    await expect(openBus(settings)).rejects.toThrow('event-bus.unavailable');
  });

  it('waits for a topic that others are to make, by its name', async () => {
    const bus = await openBus({ ...user, kafkaSaslMechanism: 'plain', kafkaTopics: 'given' });
    const consuming = bus.consume({ group: 'g', topics: ['not-there'], handle: async () => undefined });
    await expect(consuming).rejects.toThrow('event-bus.topic-missing');
    await expect(consuming).rejects.toThrow('not-there');
    await bus.close();
  });
});
