import type { curationRejection, DatasetPurpose, DatasetView, TrainingDataCurated } from '@retort/contracts';
import type { z } from 'zod';
import type { Rejection } from '../domain/candidates.ts';

export interface NewDataset {
  tenant: string;
  runId: string;
  /** The artifact with the recipe and the selected log positions. */
  manifest: string;
  createdAt: Date;
  summary: TrainingDataCurated;
  rejections: readonly Rejection[];
}

/** A place in the list of versions, the newest first. */
export interface DatasetPlace {
  createdAt: string;
  version: string;
}

export interface DatasetQuery {
  tenant: string;
  /** Those for this only. */
  purpose?: DatasetPurpose | undefined;
  after: DatasetPlace | null;
  limit: number;
}

export interface RejectionQuery {
  tenant: string;
  runId: string;
  reason: string | null;
  decisionId: string | null;
  /** A decision id. */
  after: string | null;
  limit: number;
}

/** The versions of distillation_training_data and why decisions are not in them. */
export interface Datasets {
  /** Stores a data set with its rejections, both or neither; the same content again is the version it already has,
   *  and the policy's once a run of the policy made it. Gives the version's name. */
  store(dataset: NewDataset): Promise<string>;
  find(tenant: string, version: string): Promise<DatasetView | null>;
  /** The newest first. */
  list(query: DatasetQuery): Promise<DatasetView[]>;
  /** By decision id. */
  rejections(query: RejectionQuery): Promise<z.infer<typeof curationRejection>[]>;
}
