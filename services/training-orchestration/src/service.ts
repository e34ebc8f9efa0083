import { agentRoutes, hostAgent } from '@retort/agent-runtime';
import { agentRuns } from '@retort/contracts';
import { commandHandler, defineService, erasureLoop, policy, runQueue, runWorker } from '@retort/service-kit';
import { curatedData } from './adapters/curated-data.ts';
import { knownDatasets } from './adapters/datasets.ts';
import { loopProgress } from './adapters/loop-progress.ts';
import { modelNames, modelNamesTable } from './adapters/model-names.ts';
import { readModels } from './adapters/read-models.ts';
import { teacherOf } from './adapters/teacher.ts';
import { teacherRequests } from './adapters/teacher-requests.ts';
import { undecidedRequests } from './adapters/undecided.ts';
import { trainingProviders } from './adapters/providers/configured.ts';
import { flagModels } from './app/erase.ts';
import { executeTraining, type TrainingInput, type TrainingResult } from './app/execute-training.ts';
import { modelRegistry } from './app/model-registry.ts';
import { modelTrainer } from './app/model-trainer.ts';
import { config } from './config.ts';
import { modelLifecycle } from './domain/model-lifecycle.ts';
import { modelEventTypes } from './domain/model-state.ts';
import { deploymentRoutes } from './http/deployments.ts';
import { modelRoutes } from './http/models.ts';
import { statusRoutes } from './http/status.ts';
import { trainingRunRoutes } from './http/training-runs.ts';

export const service = defineService({
  name: 'training-orchestration',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const { db, config: settings } = context;
    const { floor, confidence, leakage, toolFloor, toolFloors } = settings;
    const gate = { floor, confidence, leakage, toolFloor, toolFloors };
    const registry = modelRegistry({
      names: modelNames(db),
      models: commandHandler({
        context,
        aggregate: 'model',
        decider: modelLifecycle,
        types: modelEventTypes,
        tables: { database: db, readModels: [modelNamesTable] },
      }),
    });
    const datasets = knownDatasets(db);
    const data = curatedData(context.http);
    const queue = runQueue<TrainingInput, TrainingResult>({ context, area: 'training' });
    await queue.prepare();
    const trainer = hostAgent(
      modelTrainer({
        queue,
        datasets,
        config: settings,
        data,
        undecided: undecidedRequests(context.http, data),
        requests: teacherRequests(context),
        teacher: teacherOf(settings),
      }),
      { context },
    );
    await trainer.prepare();
    const providers = trainingProviders({ settings, compute: context.compute, artifacts: context.artifacts, registry });
    const ports = { registry, datasets, data, policy: gate, providers, artifacts: context.artifacts };
    return {
      routes(app) {
        const { clock, newId } = context;
        trainingRunRoutes(app, { queue, config: settings, clock, newId, providers, data });
        modelRoutes(app, { registry, artifacts: context.artifacts, floors: gate });
        deploymentRoutes(app, { registry, artifacts: context.artifacts, policy: gate, newId });
        statusRoutes(app, { registry, queue, progress: loopProgress(context.http) });
        agentRoutes(app, trainer, agentRuns.modelTrainer);
      },
      readModels: readModels(context),
      policies: [
        policy('TRAINING_DATA_CURATED', async (event, transaction) => {
          const { dataset_version, purpose = 'policy' } = event.data;
          if (!settings.auto || purpose === 'experiment') return;
          await trainer.trigger(
            {
              kind: 'event',
              tenant: event.tenant,
              reason: `training data ${dataset_version} were curated`,
              trace: event.trace,
              input: { dataset_version },
            },
            transaction,
          );
        }),
      ],
      loops: [
        runWorker<TrainingInput, TrainingResult>({
          name: 'training-runs',
          // The same rows, options and seed give the same student: what was begun may be begun anew.
          resume: 3,
          context,
          execute: (run, work) => executeTraining(ports, { run, work }),
          // What the trainer started comes back to it: it looks at the outcome and decides what is next.
          async ended(run, transaction) {
            if (run.input.attempt === undefined) return;
            await trainer.trigger(
              {
                kind: 'event',
                tenant: run.tenant,
                reason: `training run ${run.runId} ${run.state}`,
                trace: run.trace,
                input: { dataset_version: run.input.dataset_version! },
              },
              transaction,
            );
          },
        }),
        ...(context.privacy?.encryption ? [erasureLoop(context, flagModels(registry))] : []),
        trainer.loop,
      ],
    };
  },
});
