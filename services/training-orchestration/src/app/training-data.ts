import type { DatasetView } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';
import type { LabelledDecision } from '@retort/student';

/** Training data, read through the services that own them. */
export interface TrainingData {
  /** The policy's; null before it was curated. */
  newest(): Promise<DatasetView | null>;
  describe(version: string): Promise<DatasetView>;
  rows(version: string, signal: AbortSignal): AsyncIterable<unknown>;
  toolset(digest: string): Promise<LabelledDecision['tools']>;
}
export type TrainingDataOf = (tenant: string, trace: Trace) => TrainingData;
