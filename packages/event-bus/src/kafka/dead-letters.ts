import type { Admin, IHeaders, Kafka, KafkaMessage, Message, TopicMessages } from 'kafkajs';
import { deadLetterMissing } from '../dead-letter-missing.ts';
import type { DeadLetter, DeadLetterQuery } from '../port.ts';
import { forGroupHeader, headerText, readKafkaMessage } from './message.ts';
import { readToEnd } from './read-to-end.ts';
import type { TopicRegistry } from './topics.ts';

/** `<topic>.dlq` is a compacted topic of one partition: a letter's key is its handle, and a tombstone removes it. */
export interface DeadLetterQueue {
  add(letter: FailedMessage): Promise<void>;
  list(options: DeadLetterQuery & { limit: number }): Promise<DeadLetter[]>;
  replay(handle: string): Promise<void>;
}

export interface FailedMessage {
  group: string;
  topic: string;
  partition: number;
  message: KafkaMessage;
  error: unknown;
  attempts: number;
}

interface Clients {
  kafka: Kafka;
  admin: Admin;
  topics: TopicRegistry;
  send: (batches: TopicMessages[]) => Promise<void>;
}

const suffix = '.dlq';
const prefix = 'dlq_';
const longestError = 2_000;

export function deadLetterQueue({ kafka, admin, topics, send }: Clients): DeadLetterQueue {
  /** Letters that are there now, by handle. */
  const read = async (wanted: (topic: string) => boolean) => {
    const names = (await admin.listTopics()).filter((name) => name.endsWith(suffix) && wanted(withoutSuffix(name)));
    const letters = new Map<string, { topic: string; message: KafkaMessage }>();
    await readToEnd({ kafka, admin, topics: names }, (name, message) => {
      const handle = message.key?.toString('utf8') ?? '';
      if (message.value === null) letters.delete(handle);
      else letters.set(handle, { topic: withoutSuffix(name), message });
    });
    return letters;
  };

  return {
    add: async (letter) => {
      const topic = letter.topic + suffix;
      await topics.ensure([topic], { partitions: 1, configuration: { 'cleanup.policy': 'compact' } });
      await send([{ topic, messages: [toLetter(letter)] }]);
    },
    list: async ({ group, tenant, handle: wanted, limit }) =>
      [...(await read((topic) => wanted === undefined || topic === topicOf(wanted)))]
        .filter(([handle]) => wanted === undefined || handle === wanted)
        .map(([handle, { topic, message }]) => describe(handle, topic, message))
        .filter((letter) => group === undefined || letter.group === group)
        .filter(({ message }) => tenant === undefined || message.attributes.tenant === tenant)
        .sort((left, right) => left.failedAt.localeCompare(right.failedAt))
        .slice(0, limit),
    replay: async (handle) => {
      const letter = (await read((topic) => topic === topicOf(handle))).get(handle);
      if (!letter) throw deadLetterMissing();
      const { topic, message } = letter;
      await send([{ topic, messages: [originalOf(message)] }]);
      // Should this fail, the letter stays and may be replayed twice: at least once, as everything on the bus.
      await send([{ topic: topic + suffix, messages: [{ key: handle, value: null }] }]);
    },
  };
}

function toLetter({ group, topic, partition, message, error, attempts }: FailedMessage): Message {
  const letter: IHeaders = {
    group,
    error: String(error).slice(0, longestError),
    attempts: String(attempts),
    failed_at: new Date().toISOString(),
    offset: message.offset,
    ...(message.key === null ? {} : { key: message.key }),
  };
  return {
    // The same message that failed twice in one group, after a crash in between, is one letter.
    key: Buffer.from(JSON.stringify([topic, partition, message.offset, group])).toString('base64url'),
    // In a compacted topic a null would be the letter's end.
    value: message.value ?? Buffer.alloc(0),
    headers: {
      ...message.headers,
      ...Object.fromEntries(Object.entries(letter).map(([name, value]) => [prefix + name, value])),
    },
  };
}

/** The message as it was before it became a letter, byte for byte, and for whom it is now. */
function originalOf({ value, headers = {} }: KafkaMessage): Message {
  const key = headers[`${prefix}key`];
  return {
    key: key === undefined ? null : Buffer.isBuffer(key) ? key : headerText(key),
    value,
    headers: {
      ...Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(prefix))),
      [forGroupHeader]: headers[`${prefix}group`],
    },
  };
}

function describe(handle: string, topic: string, message: KafkaMessage): DeadLetter {
  const header = (name: string) => headerText(message.headers?.[prefix + name]);
  return {
    handle,
    group: header('group'),
    message: { ...readKafkaMessage(topic, message), key: header('key') },
    error: header('error'),
    attempts: Number(header('attempts')),
    failedAt: header('failed_at'),
  };
}

function topicOf(handle: string): string | undefined {
  return /^\["([^"\\]+)"/.exec(Buffer.from(handle, 'base64url').toString('utf8'))?.[1];
}

function withoutSuffix(topic: string): string {
  return topic.slice(0, -suffix.length);
}
