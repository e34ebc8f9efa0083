import { getServing, predict } from '@retort/contracts';
import type { TestDatabase } from '@retort/testing';
import { startPlatform, toolset, trainedArtifact } from './platform.ts';

/** Two replicas of inference on one database and bus, each with a folder of its own, and two versions to serve by turns. */
export async function startReplicas(database?: TestDatabase) {
  const first = await startPlatform({}, {}, database);
  const second = await startPlatform({}, {}, first.database);
  const replicas = [first, second];
  const stored = async (artifact: Uint8Array) => {
    const put = await Promise.all(replicas.map(({ infrastructure }) => infrastructure.artifacts.put(artifact)));
    return put[0]!.digest;
  };
  const artifacts = { v1: await stored(trainedArtifact(1)), v2: await stored(trainedArtifact(2)) };
  const serves = async (replica: (typeof replicas)[number], version: string) => {
    const { body } = await replica.json('GET', getServing.path);
    return (body as { data: { model_version: string }[] }).data[0]?.model_version === version;
  };
  return {
    replicas,
    deploy: (version: 'v1' | 'v2') => first.deploy(version, artifacts[version]),
    rollBack: (from: string, to: string) => first.rollBack(from, to),
    isServedByAll: async (version: string) =>
      (await Promise.all(replicas.map((replica) => serves(replica, version)))).every(Boolean),
    /** Asks a replica; its answer names the version. */
    ask: (replica: (typeof replicas)[number]) =>
      replica.json('POST', predict.path, {
        context: { query: 'please, the card of customer 7' },
        toolset,
        fallback: 'none',
      }),
    async close(): Promise<void> {
      await second.close();
      await first.close();
    },
  };
}
