import { becomeOwner, type Database } from '@retort/postgres';

/** Makes the tables a library keeps in its host's schema. The statements say `if not exists`; the lock is there because
 *  two sessions that create the same table at once can still fail one another. */
export async function ensureTables(database: Database, owner: string, statements: string): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1 || current_schema(), 0))', [
      `retort tables ${owner} `,
    ]);
    await becomeOwner(transaction, null, true);
    await transaction.query(statements);
  });
}
