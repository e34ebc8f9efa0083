import { readCheckpoint, type Database, type Queryable } from '@retort/postgres';
import type { RebuildResult, RebuiltTables } from '../app/rebuild.ts';
import { checksumsOf, createRebuilt, dropRebuilt, swapTables } from './rebuilt-tables.ts';
import { checkpointName, postgresProjection, writersLock } from './tables.ts';

const rebuildLock = `hashtextextended(current_schema() || ' projection rebuild', 0)`;

export function postgresRebuiltTables(database: Database): RebuiltTables {
  return {
    live: postgresProjection(database, 'live'),
    rebuilt: postgresProjection(database, 'rebuild'),
    create: () => database.transaction(createRebuilt),
    drop: () => database.transaction(dropRebuilt),
    alone: (work) => alone(database, work),
    compare: (catchUp) => compare(database, catchUp),
    swap: (catchUp) => level(database, catchUp, swapTables),
  };
}

/** The lock goes with the connection, and then `lost` aborts. */
async function alone<Result>(database: Database, work: (lost: AbortSignal) => Promise<Result>): Promise<Result | null> {
  const client = await database.pool.connect();
  const lost = new AbortController();
  client.on('error', (error) => lost.abort(error));
  try {
    const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${rebuildLock}) as mine`);
    if (!rows[0]?.mine) return null;
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

/** Runs `work` while both sets of tables stand at one position and the live projection waits. */
async function level<Result>(
  database: Database,
  catchUp: () => Promise<unknown>,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  return database.transaction(async (transaction) => {
    await transaction.query(`select pg_advisory_xact_lock(${writersLock})`);
    await catchUp();
    return work(transaction);
  });
}

/** The live projection waits only until the snapshot is taken; reading all rows goes on beside it. */
async function compare(database: Database, catchUp: () => Promise<unknown>): Promise<RebuildResult> {
  return database.transaction(async (snapshot) => {
    await snapshot.query('set transaction isolation level repeatable read');
    await snapshot.query('set local statement_timeout = 0');
    // A snapshot begins with the first read.
    const position = await level(database, catchUp, () => readCheckpoint(snapshot, checkpointName.live));
    return { position, checksums: await checksumsOf(snapshot) };
  });
}
