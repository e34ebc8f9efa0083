import type { ModelVerdict } from '../domain/watch.ts';

export interface VersionKey {
  tenant: string;
  model: string;
  modelVersion: string;
}

export interface WatchHistory {
  /** Observations in a row, up to the last one, that found drift. */
  driftedBefore: number;
  retrainingAsked: boolean;
}

export interface DriftReport {
  tenant: string;
  reportId: string;
  verdict: ModelVerdict;
}

/** What was observed of each version that serves. */
export interface WatchRecord {
  history(version: VersionKey): Promise<WatchHistory>;
  recordDrift(report: DriftReport): Promise<void>;
}
