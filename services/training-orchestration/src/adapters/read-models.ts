import { endedRuns, readModel, type ReadModel, type RunContext } from '@retort/service-kit';
import { rememberDataset } from './datasets.ts';
import { rememberRequest } from './teacher-requests.ts';

/** The tenant's models by name; what is true of a model stands in its stream. */
export const modelNames = readModel('MODEL_TRAINED', async ({ tenant, data: { model } }, transaction) => {
  await transaction.query('insert into models (tenant, model) values ($1, $2) on conflict do nothing', [tenant, model]);
});

/** What the service's tables hold of the log. */
export function readModels(context: Pick<RunContext, 'name'>): ReadModel[] {
  return [
    modelNames,
    readModel('TRAINING_DATA_CURATED', rememberDataset),
    readModel('TEACHER_ASKED', rememberRequest),
    endedRuns(context),
  ];
}
