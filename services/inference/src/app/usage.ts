import type { predictionUsage } from '@retort/contracts';
import type { z } from 'zod';
import type { Usage, UsageKey } from '../domain/usage.ts';

export interface UsageQuery {
  tenant: string;
  /** ISO dates, inclusive. */
  from: string | undefined;
  to: string | undefined;
}

/** Who answered how often. */
export interface UsageTable {
  /** Adds what was counted to the days' rows, all or nothing. The same id again changes nothing. */
  add(counted: readonly (UsageKey & Usage)[], id: string): Promise<void>;
  /** The days asked for, the newest first. */
  read(query: UsageQuery): Promise<z.infer<typeof predictionUsage>[]>;
}
