import type { TrainingDataCurated } from '@retort/contracts';

export interface PublishedVersion {
  data: TrainingDataCurated;
  /** When the log learnt of it. */
  publishedAt: string;
}

/** Finds the version of a tenant's training data that was the newest at a moment, or the one that is named; null when there
 *  was none. The log says what was published when, not the table of versions: the same content published again is an event
 *  of its own. */
export type FindPublished = (query: {
  tenant: string;
  product: string;
  by: string;
  version: string | undefined;
}) => Promise<PublishedVersion | null>;
