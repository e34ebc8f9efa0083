import { agentRoutes, hostAgent } from '@retort/agent-runtime';
import { agentRuns } from '@retort/contracts';
import { connectTeacher } from '@retort/llm';
import { commandHandler, defineService, policy, runQueue, runWorker } from '@retort/service-kit';
import { curatedExamples } from './adapters/curated-examples.ts';
import { recordEarlierPrompts } from './adapters/earlier-prompts.ts';
import { postgresPrompts } from './adapters/postgres-prompts.ts';
import { promptTables, readModels } from './adapters/read-models.ts';
import { optimizePrompt, type OptimizationInput, type OptimizationResult } from './app/optimize.ts';
import { promptOptimizer } from './app/prompt-optimizer.ts';
import { promptRegistry } from './app/prompts.ts';
import { config, type Config } from './config.ts';
import { promptDecider, promptEventTypes } from './domain/prompt.ts';
import { optimizationRunRoutes } from './http/optimization-runs.ts';
import { promptRoutes } from './http/prompts.ts';

export const service = defineService({
  name: 'prompt-optimization',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const { db, events, clock, newId, config: settings } = context;
    const queue = runQueue<OptimizationInput, OptimizationResult>({ context, area: 'prompts' });
    await queue.prepare();
    await recordEarlierPrompts(context);
    const prompts = promptRegistry({
      table: postgresPrompts(db),
      commands: commandHandler({
        context,
        aggregate: 'prompt',
        decider: promptDecider,
        types: promptEventTypes,
        tables: { database: db, readModels: promptTables },
      }),
    });
    const examples = curatedExamples(context.http);
    const teacher = teacherOf(settings);
    const optimizer = hostAgent(promptOptimizer({ examples, queue, config: settings }), { context });
    await optimizer.prepare();
    const { teacherConcurrency } = settings;
    const ports = { events, clock, newId, examples, prompts, teacher, teacherConcurrency };
    return {
      routes(app) {
        promptRoutes(app, { prompts });
        optimizationRunRoutes(app, { queue, teacher, newId });
        agentRoutes(app, optimizer, agentRuns.promptOptimizer);
      },
      readModels: readModels(context),
      policies: [
        policy('TRAINING_DATA_CURATED', async (event, transaction) => {
          if (!settings.auto || !teacher || event.data.purpose === 'experiment') return;
          await optimizer.trigger(
            {
              kind: 'event',
              tenant: event.tenant,
              reason: `training data ${event.data.dataset_version} were curated`,
              trace: event.trace,
            },
            transaction,
          );
        }),
      ],
      loops: [
        runWorker<OptimizationInput, OptimizationResult>({
          name: 'optimization-runs',
          context,
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
