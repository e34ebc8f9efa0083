import { agentRoutes, hostAgent } from '@retort/agent-runtime';
import { agentRuns } from '@retort/contracts';
import { connectTeacher } from '@retort/llm';
import { defineService, on, runQueue, runWorker } from '@retort/service-kit';
import { promptTable } from './adapters/prompts.ts';
import { optimizePrompt, type OptimizationInput, type OptimizationResult } from './app/optimize.ts';
import { promptOptimizer } from './app/prompt-optimizer.ts';
import { config, type Config } from './config.ts';
import { optimizationRunRoutes } from './http/optimization-runs.ts';
import { promptRoutes } from './http/prompts.ts';

export const service = defineService({
  name: 'prompt-optimization',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const { db, clock, log, http, newId, config: settings } = context;
    const queue = runQueue<OptimizationInput, OptimizationResult>({ db, clock, area: 'prompts' });
    await queue.prepare();
    const prompts = promptTable(db);
    const teacher = teacherOf(settings);
    const optimizer = hostAgent(promptOptimizer({ http, queue, config: settings }), { context });
    const ports = { ...context, prompts, teacher, teacherConcurrency: settings.teacherConcurrency };
    return {
      routes(app) {
        promptRoutes(app, { prompts, clock });
        optimizationRunRoutes(app, { queue, teacher, newId });
        agentRoutes(app, optimizer, agentRuns.promptOptimizer);
      },
      subscriptions: [
        on('TRAINING_DATA_CURATED', async (event, transaction) => {
          if (!settings.auto || !teacher || event.data.purpose === 'experiment') return;
          await optimizer.trigger(
            {
              kind: 'event',
              tenant: event.tenant,
              reason: `training data ${event.data.dataset_version} were curated`,
              trace: { correlationId: event.trace.correlationId, causationId: event.id },
            },
            transaction,
          );
        }),
      ],
      loops: [
        runWorker<OptimizationInput, OptimizationResult>({
          name: 'optimization-runs',
          db,
          clock,
          log,
          execute: (run, work) => optimizePrompt(ports, { run, work }),
        }),
        optimizer.loop,
      ],
    };
  },
});

function teacherOf(settings: Config) {
  if (settings.teacherBaseUrl === undefined) return undefined;
  return connectTeacher({
    baseUrl: settings.teacherBaseUrl,
    apiKey: settings.teacherApiKey ?? 'none',
    model: settings.teacherModel ?? 'default',
    concurrency: settings.teacherConcurrency,
  });
}
