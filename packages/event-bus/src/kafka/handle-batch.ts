import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { ConsumeOptions, ReceivedMessage } from '../port.ts';
import { defaultAttempts, failed, untried, type Tries } from '../tries.ts';
import type { ConsumeContext } from './consume.ts';
import { fromKafkaMessage } from './message.ts';

type Settings = Pick<ConsumeContext, 'deadLetters' | 'retryDelayMs' | 'sessionTimeoutMs'>;

/** What a member of a group does with a stretch of a partition. A message that fails pauses its partition, and is fetched
 *  again after the back-off: the others go on meanwhile. */
export function batchHandler(
  settings: Settings,
  options: ConsumeOptions,
): (payload: EachBatchPayload) => Promise<void> {
  /** What the message on which a partition stands has come to, by topic, partition and offset. */
  const failures = new Map<string, Tries>();

  /** Whether the partition may move on: handled, or a dead letter. */
  const attempt = async (topic: string, partition: number, message: KafkaMessage): Promise<boolean> => {
    const place = `${topic}/${partition}/${message.offset}`;
    const before = failures.get(place) ?? untried;
    const attempts = before.count + 1;
    let received: ReceivedMessage | undefined;
    try {
      received = {
        ...fromKafkaMessage(topic, message),
        partition,
        offset: BigInt(message.offset),
        attempt: attempts,
      };
      await options.handle(received);
    } catch (error) {
      options.onError?.(error, received);
      const tries = failed(before, error, settings.retryDelayMs);
      failures.set(place, tries);
      // What can never be read needs no second attempt.
      if (received && tries.blamed < (options.maxAttempts ?? defaultAttempts)) return false;
      if (!(await bury({ topic, partition, message, error, attempts }))) return false;
    }
    failures.delete(place);
    return true;
  };

  const bury = async (letter: {
    topic: string;
    partition: number;
    message: KafkaMessage;
    error: unknown;
    attempts: number;
  }): Promise<boolean> => {
    try {
      await settings.deadLetters.add({ group: options.group, ...letter });
      return true;
    } catch (error) {
      options.onError?.(error);
      return false;
    }
  };

  const backOff = ({ batch, pause }: EachBatchPayload, offset: string) => {
    const tries = failures.get(`${batch.topic}/${batch.partition}/${offset}`) ?? untried;
    setTimeout(pause(), tries.pauseMs).unref();
  };

  return async (payload) => {
    const { batch, isRunning, isStale, heartbeat, resolveOffset } = payload;
    const { topic, partition } = batch;
    // A handler may take longer than a session. That the group rebalances is seen by the heartbeat after the message.
    const beating = setInterval(() => void heartbeat().catch(() => undefined), settings.sessionTimeoutMs / 10);
    let next: string | undefined;
    try {
      for (const message of batch.messages) {
        if (!isRunning() || isStale()) return;
        if (!(await attempt(topic, partition, message))) {
          backOff(payload, message.offset);
          return;
        }
        resolveOffset(message.offset);
        next = String(BigInt(message.offset) + 1n);
        await heartbeat();
      }
    } finally {
      clearInterval(beating);
      // Also when the member is closing or the group rebalances: who comes next begins where this one stopped.
      if (next !== undefined && !isStale())
        await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next }] }] });
    }
  };
}
