import { getDataset, getModelVersion, listDatasetRows } from '@retort/contracts';
import { isFault } from '@retort/kernel';
import type { ServiceClient } from '@retort/service-kit';
import type { ModelVersions, ModelVersionsOf } from '../app/model-versions.ts';
import { ladderOf } from '../domain/ladder.ts';
import { learntDecisions, type Told } from '../domain/learnt.ts';

/** Versions as the registry of models tells them, and the data sets they learnt from. */
export function registeredVersions(http: ServiceClient): ModelVersionsOf {
  return (tenant, trace) => {
    const client = http.as(tenant, trace);
    const describe: ModelVersions['describe'] = ({ model, modelVersion: version }) =>
      client.call(getModelVersion, { params: { model, version } });
    return {
      describe,
      async ladder(name) {
        try {
          return ladderOf((await describe(name)).card);
        } catch (error) {
          if (isFault(error)) return null;
          throw error;
        }
      },
      async learntUntil(name) {
        const { dataset_version: version } = await describe(name);
        return (await client.call(getDataset, { params: { version } })).created_at;
      },
      async rowsLearntFrom(name, signal) {
        const learnt = learntDecisions();
        try {
          const { dataset_version: version } = await describe(name);
          const query = { toolsets: 'reference' } as const;
          const request = { params: { version }, query, signal, timeoutMs: 120_000 };
          for await (const row of client.uncheckedLines(listDatasetRows, request)) learnt.add(row as Told);
          return learnt;
        } catch (error) {
          if (isFault(error)) return null;
          throw error;
        }
      },
    };
  };
}
