import { datasetView, page, toolsetView, type DatasetView } from '@retort/contracts';
import type { ServiceClient, Trace } from '@retort/service-kit';
import type { LabelledDecision } from '@retort/student';

/** Training data, read through the services that own them. */
export interface TrainingData {
  /** The policy's; null before it was curated. */
  newest(): Promise<DatasetView | null>;
  describe(version: string): Promise<DatasetView>;
  rows(version: string, signal: AbortSignal): AsyncIterable<unknown>;
  toolset(digest: string): Promise<LabelledDecision['tools']>;
}

export function trainingData(http: ServiceClient, tenant: string, trace: Trace): TrainingData {
  const client = http.as(tenant, trace);
  const path = (version: string) => `/api/v1/datasets/${encodeURIComponent(version)}`;
  return {
    async newest() {
      const { data } = await client.get('/api/v1/datasets', page(datasetView), {
        query: { limit: 1, purpose: 'policy' },
      });
      return data[0] ?? null;
    },
    describe: (version) => client.get(path(version), datasetView),
    // Each toolset is fetched once, not repeated with every row.
    rows: (version, signal) =>
      client.linesOf(`${path(version)}/rows`, { signal, query: { toolsets: 'reference' }, timeoutMs: 120_000 }),
    toolset: async (digest) => (await client.get(`/api/v1/toolsets/${encodeURIComponent(digest)}`, toolsetView)).tools,
  };
}
