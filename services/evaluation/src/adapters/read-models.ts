import { endedRuns, readModel, type ReadModel, type RunContext } from '@retort/service-kit';
import { storeMetric } from './postgres-metrics.ts';
import { budgetsTable } from './postgres-budgets.ts';
import { pricesTable } from './postgres-prices.ts';
import { tenantsTable } from './postgres-tenants.ts';
import { storeRetraining } from './postgres-watch.ts';

/** What follows from evaluations; of some rows events of releases before 0.2 tell too little. */
export const evaluationTables: readonly ReadModel[] = [
  readModel('MODEL_EVALUATED', storeMetric, { fills: [{ name: 'model_metrics', mayHoldMore: true }] }),
  readModel('RETRAIN_TRIGGERED', storeRetraining, { fills: [{ name: 'retrainings', mayHoldMore: true }] }),
];

/** What the service's tables hold of the log. */
export function readModels(context: Pick<RunContext, 'name'>): ReadModel[] {
  return [...evaluationTables, pricesTable, budgetsTable, tenantsTable, endedRuns(context)];
}
