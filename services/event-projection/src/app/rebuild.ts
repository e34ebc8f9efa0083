import { comparePositions, type EventStore, type RecordedEvent } from '@retort/event-store';
import { fault, isFault } from '@retort/kernel';
import type { RunWork } from '@retort/service-kit';
import { parseStoredPosition } from './position.ts';
import { project, type Projection } from './project.ts';

/** A table as it is read and as it was rebuilt, both at one position of the log. */
export interface TableChecksum {
  table: string;
  rows: number;
  /** SHA-256 over the SHA-256 of every row, in the order of the primary key. */
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

/** Brings the rebuilt tables to where the live ones stand. */
type CatchUp = () => Promise<unknown>;

/** A second set of tables beside the one that is read. */
export interface RebuiltTables {
  /** One rebuild at a time, whichever process it is in: null when another is at it. `lost` aborts when this process no
   *  longer is the one. */
  alone<Result>(work: (lost: AbortSignal) => Promise<Result>): Promise<Result | null>;
  live: Pick<Projection, 'position'>;
  rebuilt: Projection;
  /** Makes them, empty. */
  create(): Promise<void>;
  drop(): Promise<void>;
  /** Compares both sets at one position, which the live projection waits at until they have come there. */
  compare(catchUp: CatchUp): Promise<RebuildResult>;
  /** Puts the rebuilt tables in the place of the others, at one position.
   *  @throws `postgres.contention` (503) */
  swap(catchUp: CatchUp): Promise<void>;
}

export interface RebuildOptions {
  store: Pick<EventStore, 'readAll'>;
  tables: RebuiltTables;
  batchSize: number;
  /** Told when the tables of a failed rebuild could not be removed; the next rebuild removes them. */
  onLeftover?: (error: unknown) => void;
}

const swapAttempts = 10;

/** Replays the log from its beginning into tables beside those that are read, compares both at the same position, and
 *  puts the rebuilt ones in the place of the others in one transaction. Until then nobody sees them: whatever ends the
 *  rebuild before leaves the tables that are read untouched.
 *  @throws `projections.rebuild-in-progress` (409) */
export async function rebuildProjection(
  options: RebuildOptions,
  { signal: wanted, report }: Pick<RunWork<RebuildResult>, 'signal' | 'report'>,
): Promise<RebuildResult> {
  const { tables, batchSize } = options;
  const result = await tables.alone(async (lost) => {
    const signal = AbortSignal.any([wanted, lost]);
    const catchUpQuietly = () => catchUp(options, { signal });
    await tables.create();
    try {
      const replay = () => catchUp(options, { signal, report });
      // The live projection moves on meanwhile: the rest shrinks with every pass, to what one batch holds.
      while ((await replay()) >= batchSize);
      report({ fraction: 0.9, step: 'comparing' });
      const compared = await tables.compare(catchUpQuietly);
      while ((await replay()) >= batchSize);
      report({ fraction: 0.98, step: 'swapping' });
      await swap(tables, catchUpQuietly);
      return compared;
    } catch (error) {
      await tables.drop().catch((leftover: unknown) => options.onLeftover?.(leftover));
      throw error;
    }
  });
  if (result === null) throw rebuildInProgress();
  return result;
}

export function rebuildInProgress() {
  return fault('projections.rebuild-in-progress', { public: 'A rebuild of this projection is under way.' });
}

type Replaying = { signal: AbortSignal; report?: RunWork<RebuildResult>['report'] };

/** Brings the rebuilt tables to where the live ones stood when it began. Resolves to how many events that took. */
async function catchUp({ store, tables, batchSize }: RebuildOptions, { signal, report }: Replaying): Promise<number> {
  signal.throwIfAborted();
  const until = parseStoredPosition(await tables.live.position());
  let from = await tables.rebuilt.position();
  if (until === null || (from !== null && comparePositions(from, until) >= 0)) return 0;
  let count = 0;
  let batch: RecordedEvent[] = [];
  const write = async (to: string) => {
    signal.throwIfAborted();
    await project({ projection: tables.rebuilt, events: batch, from, to });
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

/** A reader in the middle of a long query holds a swap up. */
async function swap(tables: RebuiltTables, catchUp: CatchUp): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await tables.swap(catchUp);
      return;
    } catch (error) {
      if (attempt === swapAttempts || !isFault(error, 'postgres.contention')) throw error;
    }
  }
}
