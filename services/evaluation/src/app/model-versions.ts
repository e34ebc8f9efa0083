import type { modelVersionView } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';
import type { z } from 'zod';
import type { FollowedLadder } from '../domain/ladder.ts';
import type { Learnt } from '../domain/learnt.ts';

export interface VersionName {
  model: string;
  modelVersion: string;
}

/** What is known of the versions of one tenant's models. */
export interface ModelVersions {
  /** @throws `model.unknown`, `model.unknown-version` (404) */
  describe(version: VersionName): Promise<z.infer<typeof modelVersionView>>;
  /** The ladder that a version serves by; null where it has none, or is not known. */
  ladder(version: VersionName): Promise<FollowedLadder | null>;
  /** When the data that a version learnt from were published, ISO 8601: what was recorded later is new to it. */
  learntUntil(version: VersionName): Promise<string>;
  /** The rows of the data set of a version; null when they cannot be read any more. */
  rowsLearntFrom(version: VersionName, signal: AbortSignal): Promise<Learnt | null>;
}

export type ModelVersionsOf = (tenant: string, trace: Trace) => ModelVersions;
