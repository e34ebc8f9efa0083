import type { Clock, NewId } from '@retort/kernel';
import type { GroupCommit } from '../app/group-commit.ts';
import type { IdempotencyKeys } from '../app/once.ts';
import type { PersonalData } from '../app/personal-data.ts';
import type { DecisionDirectory } from '../app/report-outcome.ts';
import type { StoredRows } from '../app/stored-rows.ts';
import type { Toolsets } from '../app/toolsets.ts';
import type { Config } from '../config.ts';
import type { IngestionMetrics } from '../metrics.ts';

/** What the routes work with. */
export interface IngestionPorts {
  config: Config;
  /** Group commit of single decisions, and of batches. */
  singles: GroupCommit;
  batches: GroupCommit;
  toolsets: Toolsets;
  personalData: PersonalData;
  storedRows: StoredRows;
  directory: DecisionDirectory;
  idempotencyKeys: IdempotencyKeys;
  metrics: IngestionMetrics;
  clock: Clock;
  newId: NewId;
}
