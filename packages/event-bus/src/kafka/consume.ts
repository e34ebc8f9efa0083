import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { ConsumeOptions, Consumption } from '../port.ts';
import { batchHandler, type BatchSettings } from './handle-batch.ts';
import type { TopicRegistry } from './topics.ts';

export interface ConsumeContext extends BatchSettings {
  kafka: Kafka;
  admin: Admin;
  topics: TopicRegistry;
}

interface Member {
  consumer: Consumer;
  /** Resolves with the reason when the client gave up. */
  crashed: Promise<unknown>;
}

const rejoinDelayMs = 1_000;
/** More partitions than this wait for one another. */
const partitionsAtOnce = 64;

/** Joins a consumer group. A client that gave up, its own retries used up, is replaced by a new one for as long as the
 *  consumption is open. */
export async function consumeGroup(context: ConsumeContext, options: ConsumeOptions): Promise<Consumption> {
  await context.topics.ensure(options.topics);
  if (options.startFrom === 'latest') await beginAtEnd(context.admin, options);
  const closing = new AbortController();
  const closed = once(closing.signal, 'abort');
  const report = (error: unknown) => options.onError?.(error);

  const stayJoined = async (first: Member) => {
    let member: Member | undefined = first;
    while (!closing.signal.aborted) {
      const crash: unknown = await Promise.race([member?.crashed, closed.then(() => undefined)]);
      if (crash !== undefined) report(crash);
      await member?.consumer.disconnect().catch(report);
      if (closing.signal.aborted) return;
      await delay(rejoinDelayMs, undefined, { signal: closing.signal }).catch(() => undefined); // closing: seen above
      member = await join(context, options).catch((error: unknown) => {
        report(error);
        return undefined;
      });
    }
    await member?.consumer.disconnect().catch(report);
  };

  const running = stayJoined(await join(context, options));
  return {
    close: () => {
      closing.abort();
      return running;
    },
  };
}

async function join(context: ConsumeContext, options: ConsumeOptions): Promise<Member> {
  const consumer = context.kafka.consumer({
    groupId: options.group,
    sessionTimeout: context.sessionTimeoutMs,
    heartbeatInterval: Math.floor(context.sessionTimeoutMs / 10),
    maxWaitTimeInMs: 250,
    allowAutoTopicCreation: false,
    // Whether it crashed for good is `stayJoined`'s to answer: two reconnect loops would race.
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  const crashed = new Promise<unknown>((resolve) => {
    consumer.on('consumer.crash', ({ payload }) => resolve(payload.error));
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: options.startFrom !== 'latest' });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitionsAtOnce,
      eachBatch: batchHandler(context, options),
    });
  } catch (error) {
    await consumer.disconnect();
    throw error;
  }
  return { consumer, crashed };
}

/** Writes down where a new group begins before its first member joins, so that what comes from now on is not missed. */
async function beginAtEnd(admin: Admin, { group, topics }: ConsumeOptions): Promise<void> {
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
  for (const { topic, partitions } of committed) {
    if (partitions.some(({ offset }) => BigInt(offset) >= 0n)) continue;
    const { groups } = await admin.describeGroups([group]);
    // Another member has come first, and begun it.
    if (groups.some(({ members }) => members.length > 0)) return;
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.setOffsets({
      groupId: group,
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
  }
}
