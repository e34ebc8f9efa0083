import type { EventStore } from '@retort/event-store';
import { fault, isFault } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { makeAgain, type LogFold, type RunWork } from '@retort/service-kit';

/** A table as it is read and as it was rebuilt, both at one position of the log. */
export interface TableChecksum {
  table: string;
  rows: number;
  /** SHA-256 over the number of rows and the hashes of all of them, whatever their order. */
  live: string;
  rebuilt: string;
  equal: boolean;
  /** Rows that only one of them has, or that are not the same in both. */
  differingRows: number;
}

export interface RebuildResult {
  /** Where in the log the tables were compared; null when it was empty. */
  position: string | null;
  checksums: TableChecksum[];
}

export interface ProjectionRebuildPorts {
  store: Pick<EventStore, 'readAll' | 'head'>;
  database: Database;
  decisions: LogFold;
  runId: string;
  batchSize?: number;
}

const service = { name: 'event-projection', schema: 'event_projection', readModels: [] };

/** Folds the log from its beginning into tables beside those that are read, compares both at the same position, and puts
 *  right the rows that are not what the log says. Until then nobody sees them.
 *  @throws `projections.rebuild-in-progress` (409) */
export async function rebuildProjection(
  { database, decisions, runId, ...options }: ProjectionRebuildPorts,
  { signal, report }: Pick<RunWork<RebuildResult>, 'signal' | 'report'>,
): Promise<RebuildResult> {
  const services = [{ ...service, database, logFolds: [decisions] }];
  try {
    return await makeAgain({ ...options, services, purpose: `decisions ${runId}`, signal, report }, async (rebuilt) => {
      const compared = await rebuilt.compare();
      const position = await decisions.position();
      await rebuilt.heal(compared);
      const checksums = compared.get(service.name)!.map(({ differing, examples: _, ...rest }) => ({
        ...rest,
        differingRows: differing,
      }));
      return { position, checksums };
    });
  } catch (error) {
    if (isFault(error, 'rebuilds.in-progress')) throw rebuildInProgress();
    throw error;
  }
}

export function rebuildInProgress() {
  return fault('projections.rebuild-in-progress', { public: 'A rebuild of this projection is under way.' });
}
