import { setTimeout as delay } from 'node:timers/promises';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { ConsumeOptions, ReceivedMessage } from '../port.ts';
import { defaultAttempts, failed, untried, type Tries } from '../tries.ts';
import type { DeadLetterQueue } from './dead-letters.ts';
import { fromKafkaMessage, isForGroup } from './message.ts';

const commitAttempts = 6;

export interface BatchSettings {
  deadLetters: DeadLetterQueue;
  /** Before the second attempt; doubles with each further one. */
  retryDelayMs: number;
  sessionTimeoutMs: number;
}

/** What a member of a group does with a batch of a partition. A message that fails pauses its partition, and is fetched
 *  again after the back-off: the others go on meanwhile. */
export function batchHandler(
  settings: BatchSettings,
  options: ConsumeOptions,
): (payload: EachBatchPayload) => Promise<void> {
  /** What the message at which a partition stands has come to, by topic, partition and offset. */
  const failures = new Map<string, Tries>();

  /** Whether the partition may move on: handled, or a dead letter. */
  const attempt = async (topic: string, partition: number, message: KafkaMessage): Promise<boolean> => {
    const key = `${topic}/${partition}/${message.offset}`;
    const before = failures.get(key) ?? untried;
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
      failures.set(key, tries);
      // What can never be read needs no second attempt.
      if (received && tries.blamed < (options.maxAttempts ?? defaultAttempts)) return false;
      if (!(await bury({ topic, partition, message, error, attempts }))) return false;
    }
    failures.delete(key);
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
        if (isForGroup(options.group, message) && !(await attempt(topic, partition, message))) {
          backOff(payload, message.offset);
          return;
        }
        resolveOffset(message.offset);
        next = String(BigInt(message.offset) + 1n);
        await heartbeat();
      }
    } finally {
      // Also when the member is closing or the group rebalances: who comes next begins where this one stopped.
      if (next !== undefined && !isStale()) await commit(payload, next).finally(() => clearInterval(beating));
      else clearInterval(beating);
    }
  };
}

/** The next message, which would commit this key as well, may never come. A member that cannot commit, though it is one
 *  still, is replaced by another, who begins at the key that is stored. */
async function commit({ batch, commitOffsetsIfNecessary }: EachBatchPayload, offset: string): Promise<void> {
  const { topic, partition } = batch;
  for (let attempt = 1; ; attempt++) {
    try {
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
      return;
    } catch (error) {
      // The group goes on without this member, or in another generation: the client knows what to do.
      if (isRefusal(error)) throw error;
      // `retriable: false` makes the client give the member up at once.
      if (attempt === commitAttempts)
        throw Object.assign(new Error('a key could not be stored', { cause: error }), { retriable: false });
      await delay(100 * 2 ** attempt);
    }
  }
}

/** What the coordinator of the group answered, and would answer again. */
function isRefusal(error: unknown): boolean {
  const { type, retriable } = error as { type?: string; retriable?: boolean };
  return type === 'NOT_COORDINATOR_FOR_GROUP' || (type !== undefined && retriable === false);
}
