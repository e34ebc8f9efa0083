import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka, KafkaMessage } from 'kafkajs';

interface Reading {
  kafka: Kafka;
  admin: Admin;
  topics: readonly string[];
}

const longestReadMs = 20_000;

/** Reads topics from their beginning to where they end now. Offsets of one partition come in order.
 *  @throws Error when the end is not reached within 20 s */
export async function readToEnd(
  { kafka, admin, topics }: Reading,
  onMessage: (topic: string, message: KafkaMessage) => void,
): Promise<void> {
  const ends = new Map<string, bigint>();
  for (const topic of topics)
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
      if (BigInt(high) > BigInt(low)) ends.set(`${topic}/${partition}`, BigInt(high));
  if (ends.size === 0) return;
  const groupId = `retort-reader-${randomUUID()}`;
  const reader = kafka.consumer({ groupId, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  const finished = new Promise<void>((resolve, reject) => {
    reader.on('consumer.crash', ({ payload }) => reject(payload.error));
    const read = async () => {
      await reader.connect();
      await reader.subscribe({ topics: topicsOf(ends), fromBeginning: true });
      await reader.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const message of batch.messages) onMessage(batch.topic, message);
          const partition = `${batch.topic}/${batch.partition}`;
          // Compaction leaves gaps, but keeps the last message of a partition.
          if (BigInt(batch.lastOffset()) + 1n >= (ends.get(partition) ?? 0n)) ends.delete(partition);
          if (ends.size === 0) resolve();
        },
      });
    };
    read().catch(reject);
  });
  const impatience = new AbortController();
  try {
    await Promise.race([finished, timeOut(impatience.signal)]);
  } finally {
    impatience.abort();
    await reader.disconnect();
  }
  await admin.deleteGroups([groupId]);
}

function topicsOf(ends: ReadonlyMap<string, bigint>): string[] {
  return [...new Set([...ends.keys()].map((partition) => partition.slice(0, partition.lastIndexOf('/'))))];
}

async function timeOut(signal: AbortSignal): Promise<never> {
  await delay(longestReadMs, undefined, { signal });
  throw new Error(`the topics could not be read within ${longestReadMs} ms`);
}
