import type { Admin } from 'kafkajs';

export interface TopicSettings {
  partitions: number;
  replicationFactor: number;
}

export interface TopicRegistry {
  /** Makes topics that do not exist yet. Each is asked for once. */
  ensure(topics: readonly string[], special?: SpecialTopic): Promise<void>;
}

interface SpecialTopic {
  partitions?: number;
  configuration?: Record<string, string>;
}

/** An event may be as large as a request's body; a dead letter carries headers besides. */
const largestMessage = { 'max.message.bytes': String(4 * 1_048_576) };

export function topicRegistry(admin: Admin, settings: TopicSettings): TopicRegistry {
  const known = new Set<string>();
  return {
    ensure: async (topics, { partitions = settings.partitions, configuration = {} } = {}) => {
      const missing = topics.filter((topic) => !known.has(topic));
      if (missing.length === 0) return;
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((topic) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: settings.replicationFactor,
          configEntries: Object.entries({ ...largestMessage, ...configuration }).map(([name, value]) => ({
            name,
            value,
          })),
        })),
      });
      for (const topic of missing) known.add(topic);
    },
  };
}
