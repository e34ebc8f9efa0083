import { endedRuns, readModel, type ReadModel, type RunContext } from '@retort/service-kit';
import { storeMetric } from './postgres-metrics.ts';
import { tenantsTable } from './postgres-tenants.ts';
import { storeRetraining } from './postgres-watch.ts';

/** What the service's tables hold of the log. */
export function readModels(context: Pick<RunContext, 'name'>): ReadModel[] {
  return [
    readModel('MODEL_EVALUATED', storeMetric),
    readModel('RETRAIN_TRIGGERED', storeRetraining),
    tenantsTable,
    endedRuns(context),
  ];
}
