import { AssignerProtocol, type Admin } from 'kafkajs';
import type { PartitionLag } from '../port.ts';

/** Of every partition of the topics that the group has committed to or that a member subscribes to. Where nothing is
 *  committed yet, everything that is there counts. */
export async function lagOf(admin: Admin, group: string): Promise<PartitionLag[]> {
  const committed = new Map(
    (await admin.fetchOffsets({ groupId: group })).map(({ topic, partitions }) => [topic, partitions]),
  );
  const topics = new Set([...committed.keys(), ...(await subscribedTopics(admin, group))]);
  const lags = await Promise.all(
    [...topics].map(async (topic) => {
      const offsets = new Map(committed.get(topic)?.map(({ partition, offset }) => [partition, BigInt(offset)]));
      const ends = await admin.fetchTopicOffsets(topic);
      return ends
        .sort((left, right) => left.partition - right.partition)
        .map(({ partition, low, high }) => {
          const offset = offsets.get(partition) ?? -1n;
          const next = offset < BigInt(low) ? BigInt(low) : offset;
          const behind = BigInt(high) - next;
          return { topic, partition, lag: behind > 0n ? behind : 0n };
        });
    }),
  );
  return lags.flat();
}

async function subscribedTopics(admin: Admin, group: string): Promise<string[]> {
  const { groups } = await admin.describeGroups([group]);
  return groups.flatMap(({ members }) =>
    members.flatMap(({ memberMetadata }) => AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? []),
  );
}
