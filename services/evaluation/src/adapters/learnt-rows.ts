import { datasetView, modelVersionView } from '@retort/contracts';
import { isFault } from '@retort/kernel';
import type { BoundClient } from '@retort/service-kit';
import { learntDecisions, type Learnt, type Told } from '../domain/learnt.ts';

interface VersionName {
  model: string;
  modelVersion: string;
}

/** @throws `model.unknown`, `model.unknown-version` (404) */
export function describeVersion(client: BoundClient, { model, modelVersion }: VersionName) {
  const path = `/api/v1/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(modelVersion)}`;
  return client.get(path, modelVersionView);
}

/** When the data that a version learnt from were published, ISO 8601: what was recorded later is new to it. */
export async function learntUntil(client: BoundClient, version: VersionName): Promise<string> {
  const { dataset_version } = await describeVersion(client, version);
  const dataset = await client.get(`/api/v1/datasets/${encodeURIComponent(dataset_version)}`, datasetView);
  return dataset.created_at;
}

/** The rows of the data set of a version; null when they cannot be read any more. */
export async function rowsLearntFrom(
  client: BoundClient,
  version: VersionName,
  signal: AbortSignal,
): Promise<Learnt | null> {
  const learnt = learntDecisions();
  try {
    const { dataset_version } = await describeVersion(client, version);
    const path = `/api/v1/datasets/${encodeURIComponent(dataset_version)}/rows`;
    const rows = client.linesOf(path, { signal, query: { toolsets: 'reference' }, timeoutMs: 120_000 });
    for await (const row of rows) learnt.add(row as Told);
    return learnt;
  } catch (error) {
    if (isFault(error)) return null;
    throw error;
  }
}
