import type { RunQueue } from '@retort/service-kit';
import type { TriedAttempt } from '../domain/training-plan.ts';
import type { TrainingInput, TrainingResult } from './execute-training.ts';

/** Far more than the trainer ever tries on one data set. */
const most = 1_000;

/** The trainer's runs on a data set, the first attempt first. */
export async function attemptsOn(
  queue: Pick<RunQueue<TrainingInput, TrainingResult>, 'list'>,
  { tenant, model, datasetVersion }: { tenant: string; model: string; datasetVersion: string },
): Promise<TriedAttempt[]> {
  const runs = await queue.list({ tenant, input: { model, dataset_version: datasetVersion }, limit: most });
  return runs
    .filter(({ input }) => input.attempt !== undefined)
    .sort((left, right) => left.input.attempt! - right.input.attempt!)
    .map(({ runId, state, input, result, error }) => ({
      runId,
      state,
      configuration: input.configuration,
      deployed: result.deployed ?? false,
      refused: [...(result.refused ?? [])],
      error: error?.code ?? null,
    }));
}
