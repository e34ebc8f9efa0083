import type { Database } from '@retort/postgres';

/** Runs work while no other process runs work of the same name on this schema. */
export function alone(database: Database, name: string): <Result>(work: () => Promise<Result>) => Promise<Result> {
  return (work) =>
    database.transaction(async (transaction) => {
      await transaction.query(`select pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1, 0))`, [
        name,
      ]);
      return work();
    });
}
