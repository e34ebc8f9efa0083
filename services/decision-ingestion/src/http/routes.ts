import type { Clock, NewId } from '@retort/kernel';
import type { Routes } from '@retort/service-kit';
import type { DecisionDirectory } from '../adapters/decision-directory.ts';
import type { GroupCommit } from '../app/group-commit.ts';
import type { Toolsets } from '../app/toolsets.ts';
import type { Config } from '../config.ts';
import type { IngestionMetrics } from '../metrics.ts';
import { receiveBytes } from './body.ts';
import { cloudEventRoutes } from './cloud-events.ts';
import { decisionRoutes } from './decisions.ts';
import { toolsetRoutes } from './toolsets.ts';

export interface IngestionParts {
  config: Config;
  /** Group commit of single decisions, and of batches. */
  singles: GroupCommit;
  batches: GroupCommit;
  toolsets: Toolsets;
  directory: DecisionDirectory;
  metrics: IngestionMetrics;
  clock: Clock;
  newId: NewId;
}

/** The bodies of these routes are stored as they came, so they are received as bytes and checked by this service. */
export async function ingestionRoutes(app: Routes, parts: IngestionParts): Promise<void> {
  receiveBytes(app, [
    'application/json',
    'application/x-ndjson',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
  ]);
  decisionRoutes(app, parts);
  toolsetRoutes(app, parts);
  cloudEventRoutes(app, parts);
}
