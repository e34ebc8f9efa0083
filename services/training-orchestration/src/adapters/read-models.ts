import { endedRuns, readModel, type ReadModel, type RunContext } from '@retort/service-kit';
import { rememberDataset } from './datasets.ts';
import { modelNamesTable } from './model-names.ts';
import { rememberRequest } from './teacher-requests.ts';

/** What the service's tables hold of the log. */
export function readModels(context: Pick<RunContext, 'name'>): ReadModel[] {
  return [
    modelNamesTable,
    readModel('TRAINING_DATA_CURATED', rememberDataset, { fills: ['datasets'] }),
    readModel('TEACHER_ASKED', rememberRequest, { fills: [{ name: 'teacher_requests', mayHoldMore: true }] }),
    endedRuns(context),
  ];
}
