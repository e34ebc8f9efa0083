import { comparePositions, type EventStore, type RecordedEvent } from '@retort/event-store';
import { fault, isFault } from '@retort/kernel';
import { readCheckpoint, type Database, type Queryable } from '@retort/postgres';
import type { RunWork } from '@retort/service-kit';
import { checksumsOf, createRebuilt, dropRebuilt, swapTables, type TableChecksum } from '../adapters/rebuilt-tables.ts';
import { checkpointName, writersLock } from '../adapters/tables.ts';
import { parseStoredPosition } from './position.ts';
import { project } from './project.ts';

export interface RebuildOptions {
  store: Pick<EventStore, 'readAll'>;
  database: Database;
  batchSize: number;
  /** Told when the tables of a failed rebuild could not be removed; the next rebuild removes them. */
  onLeftover?: (error: unknown) => void;
}

export interface RebuildResult {
  /** Where in the log the tables were compared; null when it was empty. */
  position: string | null;
  checksums: TableChecksum[];
}

const swapAttempts = 10;
const rebuildLock = `hashtextextended(current_schema() || ' projection rebuild', 0)`;

/** Replays the log from its beginning into tables beside those that are read, compares both at the same position, and
 *  puts the rebuilt ones in the place of the others in one transaction. Until then nobody sees them: whatever ends the
 *  rebuild before leaves the tables that are read untouched.
 *  @throws `projections.rebuild-in-progress` (409) */
export async function rebuildProjection(
  options: RebuildOptions,
  { signal: wanted, report }: Pick<RunWork<RebuildResult>, 'signal' | 'report'>,
): Promise<RebuildResult> {
  const { database, batchSize } = options;
  const inTransaction = (work: (transaction: Queryable) => Promise<void>) => database.transaction(work);
  return alone(database, async (lost) => {
    const signal = AbortSignal.any([wanted, lost]);
    await inTransaction(createRebuilt);
    try {
      const replay = () => catchUp(options, { signal, report });
      // The live projection moves on meanwhile: the rest shrinks with every pass, to what one batch holds.
      while ((await replay()) >= batchSize);
      report({ fraction: 0.9, step: 'comparing' });
      const compared = await compare(options, signal);
      while ((await replay()) >= batchSize);
      report({ fraction: 0.98, step: 'swapping' });
      await swap(options, signal);
      return compared;
    } catch (error) {
      await inTransaction(dropRebuilt).catch((leftover: unknown) => options.onLeftover?.(leftover));
      throw error;
    }
  });
}

/** One rebuild at a time, whichever process it is in. The lock goes with the connection, and then `lost` aborts. */
async function alone<Result>(database: Database, work: (lost: AbortSignal) => Promise<Result>): Promise<Result> {
  const client = await database.pool.connect();
  const lost = new AbortController();
  client.on('error', (error) => lost.abort(error));
  try {
    const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${rebuildLock}) as mine`);
    if (!rows[0]?.mine) throw rebuildInProgress();
    try {
      return await work(lost.signal);
    } finally {
      // The server notices the end of a connection in its own time: who tries again at once must not find the lock taken.
      await client.query(`select pg_advisory_unlock(${rebuildLock})`).catch((error: Error) => lost.abort(error));
    }
  } finally {
    // Not into the pool again: a session's lock ends with its connection at the latest.
    client.release(true);
  }
}

export function rebuildInProgress() {
  return fault('projections.rebuild-in-progress', {
    public: 'A rebuild of this projection is under way.',
  });
}

type Replaying = { signal: AbortSignal; report?: RunWork<RebuildResult>['report'] };

/** Brings the rebuilt tables to where the live ones stood when it began. Resolves to how many events that took. */
async function catchUp({ store, database, batchSize }: RebuildOptions, { signal, report }: Replaying): Promise<number> {
  signal.throwIfAborted();
  const until = parseStoredPosition(await readCheckpoint(database, checkpointName.live));
  let from = await readCheckpoint(database, checkpointName.rebuild);
  if (until === null || (from !== null && comparePositions(from, until) >= 0)) return 0;
  let count = 0;
  let batch: RecordedEvent[] = [];
  const write = async (to: string) => {
    signal.throwIfAborted();
    await project({ database, generation: 'rebuild', events: batch, from, to });
    report?.({ fraction: 0.9 * shareOf(to, until), step: 'replaying' });
    from = to;
    batch = [];
  };
  for await (const event of store.readAll({ after: parseStoredPosition(from), until })) {
    batch.push(event);
    count += 1;
    if (batch.length === batchSize) await write(event.position);
  }
  if (from !== until) await write(until);
  return count;
}

/** Positions of the log are not counts, but they grow with it. */
function shareOf(position: string, end: string): number {
  const commit = (text: string) => Number(text.split('/')[0]);
  return commit(end) === 0 ? 1 : Math.min(1, commit(position) / commit(end));
}

/** Runs `work` while both sets of tables stand at one position and the live projection waits. */
async function level<Result>(
  options: RebuildOptions,
  signal: AbortSignal,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  return options.database.transaction(async (transaction) => {
    await transaction.query(`select pg_advisory_xact_lock(${writersLock})`);
    await catchUp(options, { signal });
    return work(transaction);
  });
}

/** The live projection waits only until the snapshot is taken; reading all rows goes on beside it. */
async function compare(options: RebuildOptions, signal: AbortSignal): Promise<RebuildResult> {
  return options.database.transaction(async (snapshot) => {
    await snapshot.query('set transaction isolation level repeatable read');
    await snapshot.query('set local statement_timeout = 0');
    // A snapshot begins with the first read.
    const position = await level(options, signal, () => readCheckpoint(snapshot, checkpointName.live));
    return { position, checksums: await checksumsOf(snapshot) };
  });
}

async function swap(options: RebuildOptions, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await level(options, signal, swapTables);
      return;
    } catch (error) {
      if (attempt === swapAttempts || !isFault(error, 'postgres.contention')) throw error;
    }
  }
}
