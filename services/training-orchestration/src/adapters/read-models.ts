import { endedRuns, readModel, type ReadModel, type RunContext } from '@retort/service-kit';
import { rememberDataset } from './datasets.ts';
import { modelNamesTable } from './model-names.ts';
import { rememberRequest } from './teacher-requests.ts';

/** What the service's tables hold of the log. */
export function readModels(context: Pick<RunContext, 'name'>): ReadModel[] {
  return [
    modelNamesTable,
    readModel('TRAINING_DATA_CURATED', rememberDataset),
    readModel('TEACHER_ASKED', rememberRequest),
    endedRuns(context),
  ];
}
