import { trainingRuns, type trainingRunInput } from '@retort/contracts';
import { fault, type Clock, type JsonObject, type NewId } from '@retort/kernel';
import { mountRuns, type Routes, type RunQueue } from '@retort/service-kit';
import type { z } from 'zod';
import { dailyQuota } from '../app/daily-quota.ts';
import { datasetToLearn, type TrainingInput, type TrainingResult } from '../app/execute-training.ts';
import type { TrainingDataOf } from '../app/training-data.ts';
import { providerNamed, type TrainingProviders } from '../app/training-provider.ts';
import type { Config } from '../config.ts';
import { searchSpace } from '../domain/attempts.ts';
import { needsApproval } from '../domain/deployment-policy.ts';
import { trainingRunView } from './views.ts';

export interface TrainingRunPorts {
  queue: RunQueue<TrainingInput, TrainingResult>;
  config: Config;
  clock: Clock;
  newId: NewId;
  providers: TrainingProviders;
  data: TrainingDataOf;
}

export function trainingRunRoutes(
  app: Routes,
  { queue, config, clock, newId, providers, data }: TrainingRunPorts,
): void {
  mountRuns(app, trainingRuns, {
    area: 'training',
    queue,
    view: trainingRunView,
    async start({ body, caller, trace }) {
      const quota = caller.usage.quotas.training_runs_per_day;
      if (quota !== null) await dailyQuota(queue, { tenant: caller.tenant, quota, now: clock() });
      const provider = body.provider ?? config.provider;
      providerNamed(providers, provider).checkConfiguration((body.configuration ?? {}) as JsonObject);
      // Whoever gets a 202 is told now of what cannot succeed: a data set that is not there, a deployment nobody approved.
      const dataset = await datasetToLearn(data(caller.tenant, trace), body.dataset_version);
      const mayApprove = caller.scopes.includes('models:approve');
      if (needsApproval({ asked: body.deploy, mayApprove, purpose: dataset.purpose }))
        throw fault('training.approval-needed', {
          public: `${dataset.dataset_version} is an experiment, and this key may not approve models: its student cannot be deployed by this run.`,
          errors: [{ pointer: '/deploy', message: 'leave it out, or use a key with models:approve' }],
        });
      return queue.enqueue({
        runId: newId(),
        tenant: caller.tenant,
        trace,
        input: {
          model: body.model,
          dataset_version: body.dataset_version,
          target: body.target ?? config.target,
          confidence: body.confidence ?? config.confidence,
          seed: body.seed ?? 1,
          configuration: (body.configuration ?? {}) as JsonObject,
          search: searchAsked(body),
          slices: body.slices ?? config.slices,
          provider,
          deploy: body.deploy,
          mayApprove,
        },
      });
    },
  });
}

/** A run asked for by hand compares configurations only when that is asked for. */
function searchAsked({ search, configuration = {} }: z.output<typeof trainingRunInput>): TrainingInput['search'] {
  if (!search) return null;
  return { candidates: searchSpace(configuration as JsonObject, search.candidates), seconds: search.seconds };
}
