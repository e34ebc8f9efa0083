import type { Database } from '@retort/postgres';
import type { ReadModel, ReceivedEvent } from '../types.ts';
import { readModelsLock } from './consumer-tables.ts';

/** Folds events that were appended this moment into the tables of whoever appended them, so that what was acknowledged can
 *  be read. What a crash keeps from happening here happens when the event comes back over the bus. */
export async function applyNow(
  database: Database,
  readModels: readonly ReadModel[],
  events: readonly ReceivedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await database.transaction(async (transaction) => {
    await transaction.query(`select pg_advisory_xact_lock_shared(${readModelsLock})`);
    for (const event of events)
      for (const model of readModels) if (model.type === event.type) await model.apply(event, transaction);
  });
}
