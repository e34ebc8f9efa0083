import type { curationRejection, DatasetPurpose, DatasetView } from '@retort/contracts';
import type { CommandHandler } from '@retort/service-kit';
import type { z } from 'zod';
import type { DatasetPublished, Publish, Published } from '../domain/publication.ts';

/** A place in the list of versions, the newest first. */
export interface DatasetPosition {
  createdAt: string;
  version: string;
}

export interface DatasetQuery {
  tenant: string;
  /** Those for this only. */
  purpose?: DatasetPurpose | undefined;
  after: DatasetPosition | null;
  limit: number;
}

export interface RejectionQuery {
  tenant: string;
  runId: string;
  /** The artifact that the run left; absent of runs of earlier releases, whose rejections stand in a table. */
  artifact: string | undefined;
  reason: string | null;
  decisionId: string | null;
  /** A decision id. */
  after: string | null;
  limit: number;
}

/** Puts the version that a run made on the record. */
export type Publications = CommandHandler<Publish, Published, DatasetPublished>;

/** The versions of distillation_training_data and why decisions are not in them. */
export interface Datasets {
  find(tenant: string, version: string): Promise<DatasetView | null>;
  /** The newest first. */
  list(query: DatasetQuery): Promise<DatasetView[]>;
  /** By decision id.
   *  @throws `artifact.missing` (404) when the run's artifact is gone */
  rejections(query: RejectionQuery): Promise<z.infer<typeof curationRejection>[]>;
}
