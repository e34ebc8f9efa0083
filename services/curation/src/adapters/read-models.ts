import { endedRuns, readModel, type ReadModel, type RunContext } from '@retort/service-kit';
import type { Tenants } from '../app/tenants.ts';
import { storeDataset } from './postgres-datasets.ts';

/** The versions of the training data. */
export const datasetsTable = readModel('TRAINING_DATA_CURATED', storeDataset, {
  // Of releases before 0.2 some are in the backup alone.
  fills: [{ name: 'datasets', mayHoldMore: true }],
});

/** A tenant is known as soon as it asks for a run. */
const knownTenants = { name: 'tenants', mayHoldMore: true };

/** What the service's tables hold of the log. */
export function readModels(context: Pick<RunContext, 'name'>, tenants: Tenants): ReadModel[] {
  return [
    datasetsTable,
    // Whoever decides has registered a toolset before: far rarer than decisions, and it names every tenant.
    readModel('TOOLSET_REGISTERED', ({ tenant }, transaction) => tenants.know(tenant, transaction), {
      fills: [knownTenants],
    }),
    endedRuns(context),
    readModel(
      'RUN_ENDED',
      async ({ tenant, data }, transaction) => {
        if (data.service === context.name) await tenants.know(tenant, transaction);
      },
      { follows: 'log', fills: [knownTenants] },
    ),
  ];
}
