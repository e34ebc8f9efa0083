import { connectInfrastructure, infrastructureConfig, migrateAll, type Infrastructure } from '@retort/service-kit';
import { startEmbeddedPostgres } from '@retort/postgres';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { copyTable, keptTables, markRecorded } from '../adapters/kept-tables.ts';
import { services } from '../services.ts';
import { compareLogs } from './compare-logs.ts';
import { moveArtifacts } from './move-artifacts.ts';
import { moveLog } from './move-log.ts';

export interface Moved {
  /** In the log that is moved, and in both at the end. */
  events: number;
  /** That were not there before. */
  moved: number;
  /** Stands for the content of the whole log, in its order; the same in both. Null in a dry run. */
  digest: string | null;
  artifacts: number;
  copied: number;
  /** Of tables that no fold makes again. */
  rows: number;
  dry_run: boolean;
}

export type Step = 'comparing' | 'moving' | 'verifying' | 'copying artifacts' | 'copying tables';

interface MoveOptions {
  /** Of the platform that is moved, on which none runs. */
  folder: string;
  to: Infrastructure;
  dryRun: boolean;
  log: Logger;
  onProgress(step: Step, done: number): void;
}

/** Moves a data folder onto servers: the log, the artifacts, and the rows that nothing makes again. Everything else is folded from the
 *  log when the services start there. The folder stays as it is. */
export async function moveFolder({ folder, to, dryRun, log, onProgress }: MoveOptions): Promise<Moved> {
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  try {
    const config = infrastructureConfig.parse({ databaseUrl: postgres.url(), dataFolder: folder });
    const from = await connectInfrastructure(config, log);
    try {
      return await moveAll({ folder, from, to, dryRun, onProgress });
    } finally {
      await from.close();
    }
  } finally {
    await postgres.stop();
  }
}

async function moveAll({
  folder,
  from,
  to,
  dryRun,
  onProgress,
}: Omit<MoveOptions, 'log'> & { from: Infrastructure }): Promise<Moved> {
  if (dryRun) {
    const { same } = await compareLogs(from.storedEvents, to.storedEvents, (events) => onProgress('comparing', events));
    let events = 0;
    for await (const _ of from.storedEvents.readAll()) events++;
    return { events, moved: events - same, digest: null, artifacts: 0, copied: 0, rows: 0, dry_run: true };
  }
  await migrateAll(to, services);
  const { artifacts, copied } = await moveArtifacts(join(folder, 'artifacts'), {
    from: from.artifacts,
    to: to.artifacts,
    onProgress: (done) => onProgress('copying artifacts', done),
  });
  const moved = await moveLog({
    from: from.storedEvents,
    // What is encrypted is moved as it is stored.
    to: { ...to.events, readAll: (options) => to.storedEvents.readAll(options) },
    onMoved: async (events) => {
      if (!to.events.uniqueEventIds) await markRecorded(to.database('decision_ingestion'), events);
    },
    onProgress,
  });
  let rows = 0;
  for (const [schema, tables] of Object.entries(keptTables))
    for (const table of tables) {
      rows += await copyTable(from.database(schema), to.database(schema), table);
      onProgress('copying tables', rows);
    }
  return { ...moved, artifacts, copied, rows, dry_run: false };
}
