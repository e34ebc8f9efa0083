import type { DatasetPurpose } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';

/** Published training data whose events were received. */
export interface KnownDatasets {
  /** null while its event was not received. */
  find(tenant: string, datasetVersion: string): Promise<KnownDataset | null>;
  /** The policy's newest. */
  newest(tenant: string): Promise<string | null>;
}

export interface KnownDataset {
  purpose: DatasetPurpose;
  /** The trace of what the data set causes. */
  trace: Trace;
}
