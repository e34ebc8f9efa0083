import { getDataset, getToolset, listDatasetRows, listDatasets } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { TrainingDataOf } from '../app/training-data.ts';

export function curatedData(http: ServiceClient): TrainingDataOf {
  return (tenant, trace) => {
    const client = http.as(tenant, trace);
    return {
      async newest() {
        const { data } = await client.call(listDatasets, { query: { limit: 1, purpose: 'policy' } });
        return data[0] ?? null;
      },
      describe: (version) => client.call(getDataset, { params: { version } }),
      // Each toolset is fetched once, not repeated with every row.
      rows: (version, signal) =>
        client.uncheckedLines(listDatasetRows, {
          params: { version },
          query: { toolsets: 'reference' },
          signal,
          timeoutMs: 120_000,
        }),
      toolset: async (digest) => (await client.call(getToolset, { params: { digest } })).tools,
    };
  };
}
