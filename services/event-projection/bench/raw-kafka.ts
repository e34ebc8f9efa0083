import { Kafka, Partitioners, logLevel, type Message } from 'kafkajs';

/** About the largest that a broker accepts, were all of one partition. */
const batchSize = 600;

/** Messages a second that the client alone reaches, sending the same messages again to a topic of their own, acknowledged
 *  by all replicas, one batch after another. */
export async function produceCeiling(brokers: string[], messages: readonly Message[]): Promise<number> {
  const kafka = client(brokers);
  const [topic, admin, producer] = ['bench.ceiling', kafka.admin(), kafka.producer(settings)];
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 8 }] });
  const started = performance.now();
  for (let at = 0; at < messages.length; at += batchSize)
    await producer.send({ topic, acks: -1, messages: messages.slice(at, at + batchSize) });
  const seconds = (performance.now() - started) / 1000;
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  return messages.length / seconds;
}

const settings = {
  idempotent: true,
  maxInFlightRequests: 1,
  createPartitioner: Partitioners.DefaultPartitioner,
};

/** Every message of a topic, from its beginning to where it ends now, read without the adapter under measurement. */
export async function readTopic(brokers: string[], topic: string): Promise<Message[]> {
  const kafka = client(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map(
    (await admin.fetchTopicOffsets(topic))
      .filter(({ high }) => high !== '0')
      .map(({ partition, high }) => [partition, BigInt(high)]),
  );
  await admin.disconnect();
  const messages: Message[] = [];
  if (ends.size === 0) return messages;
  const consumer = kafka.consumer({ groupId: 'bench-reader' });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    const running = consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { key, value, headers = {} } of batch.messages) messages.push({ key, value, headers });
        if (BigInt(batch.lastOffset()) + 1n >= (ends.get(batch.partition) ?? 0n)) ends.delete(batch.partition);
        if (ends.size === 0) resolve();
      },
    });
    running.catch(reject);
  });
  await consumer.disconnect();
  return messages;
}

function client(brokers: string[]): Kafka {
  return new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.ERROR });
}
