import { advanceCheckpoint, readCheckpoint, type Database, type Queryable } from '@retort/postgres';
import { readModelsLock, type LogFold } from '@retort/service-kit';
import type { Projection } from '../app/project.ts';
import { noRows, rowsOf } from '../domain/rows.ts';
import { writing } from './write-rows.ts';

export const projected = [
  'decisions',
  'exchanges',
  'outcomes',
  'toolsets',
  'toolset_names',
  'students',
  'poison_events',
  'shredded_events',
] as const;

export const checkpointName = { live: 'decisions', relay: 'relay' } as const;

/** The tables of decisions as a fold of the log. */
export function decisionsFold(database: Database): LogFold {
  const name = checkpointName.live;
  return {
    name,
    fills: projected.map((table) => ({ name: table })),
    position: () => readCheckpoint(database, name),
    fold(events) {
      const rows = rowsOf(events);
      const write = writing(rows);
      return async (transaction) => {
        await write(transaction);
        return rows.poison.length;
      };
    },
    setAside: (event, error, transaction) => writing({ ...noRows(), poison: [{ event, error }] })(transaction),
  };
}

export function postgresProjection(database: Database): Projection {
  const name = checkpointName.live;
  return {
    position: () => readCheckpoint(database, name),
    write(rows, from, to) {
      const write = writing(rows);
      return database.transaction(async (transaction) => {
        await transaction.query(`select pg_advisory_xact_lock_shared(${readModelsLock})`);
        await write(transaction);
        await advanceCheckpoint(transaction, { name, from, to });
      });
    },
  };
}

/** Events that no row could be made of. */
export async function countPoison(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ count: bigint }>('select count(*) as count from poison_events');
  return Number(rows[0]!.count);
}

/** Events that nobody can read any more. */
export async function countShredded(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ count: bigint }>('select count(*) as count from shredded_events');
  return Number(rows[0]!.count);
}
