import type { EventData, TrainingDataCurated } from '@retort/contracts';
import type { Decider } from '@retort/kernel';
import { datasetVersion } from './dataset.ts';

/** What a run made, before it has a name. */
export interface Publish {
  data: Omit<TrainingDataCurated, 'dataset_version'>;
  now: Date;
}
export interface DatasetPublished {
  type: 'TRAINING_DATA_CURATED';
  data: EventData<'TRAINING_DATA_CURATED'>;
}

/** The versions of one product. */
export interface Published {
  /** What each run published. */
  byRun: ReadonlyMap<string, TrainingDataCurated>;
  /** Digest → version. */
  versions: ReadonlyMap<string, string>;
}

/** A run publishes once. The same content is the version that it already is. */
export const publication: Decider<Publish, Published, DatasetPublished> = {
  initial: { byRun: new Map(), versions: new Map() },
  decide({ data, now }, { byRun, versions }) {
    if (byRun.has(data.run_id)) return [];
    const dataset_version = versions.get(data.digest) ?? datasetVersion(data.digest, now);
    return [{ type: 'TRAINING_DATA_CURATED', data: { ...data, dataset_version } }];
  },
  evolve: ({ byRun, versions }, { data }) => ({
    byRun: new Map(byRun).set(data.run_id, data),
    versions: versions.has(data.digest) ? versions : new Map(versions).set(data.digest, data.dataset_version),
  }),
};
