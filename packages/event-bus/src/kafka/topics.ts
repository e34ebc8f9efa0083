import { setTimeout as delay } from 'node:timers/promises';
import { fault } from '@retort/kernel';
import type { Admin } from 'kafkajs';

export interface TopicSettings {
  /** `given`: topics are made by whoever runs the brokers, and one that lacks is waited for. `create` when absent. */
  topics?: 'create' | 'given';
  /** Of topics that do not exist yet: 8 when absent. */
  partitions?: number;
  /** The same; the broker's own when absent. */
  replicationFactor?: number;
  /** Replicas that must have a message before it is acknowledged; the broker's own when absent. */
  minimumInSyncReplicas?: number | undefined;
  /** Hours that a message is kept; the broker's own when absent. */
  retentionHours?: number | undefined;
}

export interface TopicRegistry {
  /** Makes topics that do not exist yet, and waits until each of their partitions has a leader. Each is asked for once.
   *  @throws `event-bus.topic-missing` where topics are given and one is not there */
  ensure(topics: readonly string[], special?: SpecialTopic): Promise<void>;
}

interface SpecialTopic {
  partitions?: number;
  configuration?: Record<string, string>;
}

/** An event may be as large as a request's body; a dead letter carries headers besides. */
const largestMessage = { 'max.message.bytes': String(4 * 1_048_576) };
const ofTheBroker = -1;
const leaderAttempts = 20;

export function topicRegistry(admin: Admin, settings: TopicSettings): TopicRegistry {
  const { partitions: usual = 8, replicationFactor = ofTheBroker } = settings;
  const known = new Set<string>();
  return {
    ensure: async (topics, { partitions = usual, configuration = {} } = {}) => {
      const missing = topics.filter((topic) => !known.has(topic));
      if (missing.length === 0) return;
      const there = new Set(await admin.listTopics());
      const absent = missing.filter((topic) => !there.has(topic));
      if (absent.length > 0) {
        if (settings.topics === 'given') throw topicMissing(absent);
        await admin.createTopics({
          waitForLeaders: true,
          topics: absent.map((topic) => ({
            topic,
            numPartitions: partitions,
            replicationFactor,
            configEntries: entriesOf({ ...largestMessage, ...limitsOf(settings), ...configuration }),
          })),
        });
      }
      // A topic that another process makes at this moment is there, and has no leader yet.
      await untilLed(admin, missing);
      for (const topic of missing) known.add(topic);
    },
  };
}

function limitsOf({ minimumInSyncReplicas, retentionHours }: TopicSettings): Record<string, string> {
  return {
    ...(minimumInSyncReplicas !== undefined && { 'min.insync.replicas': String(minimumInSyncReplicas) }),
    ...(retentionHours !== undefined && { 'retention.ms': String(Math.round(retentionHours * 3_600_000)) }),
  };
}

function entriesOf(configuration: Record<string, string>) {
  return Object.entries(configuration).map(([name, value]) => ({ name, value }));
}

function topicMissing(topics: readonly string[]) {
  return fault('event-bus.topic-missing', {
    retryAfter: 1,
    public: `Kafka has no topic ${topics.join(', ')}. Create it, or set RETORT_KAFKA_TOPICS to create.`,
  });
}

async function untilLed(admin: Admin, topics: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      const described = await admin.fetchTopicMetadata({ topics: [...topics] });
      const partitions = described.topics.flatMap((topic) => topic.partitions);
      if (partitions.every(({ leader }) => leader >= 0)) return;
      throw new Error(`a partition of ${topics.join(', ')} has no leader`);
    } catch (error) {
      if (attempt === leaderAttempts) throw error;
      await delay(50 * Math.min(attempt, 10));
    }
}
