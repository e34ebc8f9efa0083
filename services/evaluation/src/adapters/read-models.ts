import { endedRuns, readModel, type ReadModel, type RunContext } from '@retort/service-kit';
import { storeMetric } from './metrics-table.ts';
import { storeRetraining } from './watch-table.ts';

/** What the service's tables hold of the log. */
export function readModels(context: Pick<RunContext, 'name'>): ReadModel[] {
  return [
    readModel('MODEL_EVALUATED', storeMetric),
    readModel('RETRAIN_TRIGGERED', storeRetraining),
    readModel('MODEL_DEPLOYED', async ({ tenant }, transaction) => {
      await transaction.query('insert into tenants (tenant) values ($1) on conflict do nothing', [tenant]);
    }),
    endedRuns(context),
  ];
}
