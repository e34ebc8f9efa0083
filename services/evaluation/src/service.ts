import { agentRoutes, hostAgent } from '@retort/agent-runtime';
import { agentRuns } from '@retort/contracts';
import { defineService, policy, runQueue, runWorker } from '@retort/service-kit';
import { inputs as inputTable } from './adapters/inputs.ts';
import { storeMetric } from './adapters/metrics-table.ts';
import { readModels } from './adapters/read-models.ts';
import { samples as sampleTable } from './adapters/samples.ts';
import { costLoop } from './app/costs.ts';
import { evaluationAgent } from './app/evaluation-agent.ts';
import { executeEvaluation, type EvaluationInput, type EvaluationResult } from './app/execute-evaluation.ts';
import { config } from './config.ts';
import { evaluationRoutes } from './http/evaluations.ts';
import { metricRoutes } from './http/metrics.ts';

export const service = defineService({
  name: 'evaluation',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const { db, clock, http, config: settings } = context;
    const queue = runQueue<EvaluationInput, EvaluationResult>({ context, area: 'evaluation' });
    await queue.prepare();
    const inputs = inputTable(db);
    const samples = sampleTable(context);
    const ports = { ...context, inputs, samples, recordMetric: storeMetric, batchSize: settings.batchSize };
    const costs = {
      ...{ db, http, clock },
      prices: {
        currency: settings.currency,
        perMillionPromptTokens: settings.pricePerMillionPromptTokens,
        perMillionCompletionTokens: settings.pricePerMillionCompletionTokens,
        assumedPromptTokens: settings.promptTokensPerCall,
        assumedCompletionTokens: settings.completionTokensPerCall,
      },
    };
    const tenants = async () => {
      const { rows } = await db.query<{ tenant: string }>('select tenant from tenants order by tenant');
      return rows.map(({ tenant }) => tenant);
    };
    const watcher = hostAgent(evaluationAgent(ports, settings), {
      context,
      ...(settings.auto ? { schedule: { everyMs: settings.everyMs, tenants } } : {}),
    });
    return {
      routes(app) {
        evaluationRoutes(app, { db, newId: context.newId, queue, inputs, samples, http });
        metricRoutes(app, costs);
        agentRoutes(app, watcher, agentRuns.evaluation);
      },
      readModels: readModels(context),
      policies: [
        policy('MODEL_DEPLOYED', async (event, transaction) => {
          if (!settings.auto) return;
          await watcher.trigger(
            {
              kind: 'event',
              tenant: event.tenant,
              reason: `${event.data.model_version} was deployed`,
              trace: { correlationId: event.trace.correlationId, causationId: event.id },
            },
            transaction,
          );
        }),
      ],
      loops: [
        runWorker<EvaluationInput, EvaluationResult>({
          name: 'evaluations',
          context,
          execute: (run, work) => executeEvaluation(ports, { run, work }),
          // Whatever became of it, nobody reads its input again.
          ended: (run, transaction) => inputTable(transaction).drop(run.runId),
        }),
        watcher.loop,
        costLoop({ ...costs, newId: context.newId }, { everyMs: settings.costEveryMs, tenants }),
      ],
    };
  },
});
