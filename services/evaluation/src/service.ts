import { agentRoutes, hostAgent } from '@retort/agent-runtime';
import { agentRuns } from '@retort/contracts';
import {
  commandHandler,
  defineService,
  erasureLoop,
  policy,
  runQueue,
  runWorker,
  shreddedEventsOf,
} from '@retort/service-kit';
import { exchangeTotals } from './adapters/exchange-totals.ts';
import { budgetsTable, postgresBudgets } from './adapters/postgres-budgets.ts';
import { postgresCosts } from './adapters/postgres-costs.ts';
import { postgresInputs } from './adapters/postgres-inputs.ts';
import { postgresMetrics } from './adapters/postgres-metrics.ts';
import { postgresPrices, pricesTable } from './adapters/postgres-prices.ts';
import { postgresSamples } from './adapters/postgres-samples.ts';
import { postgresTenants } from './adapters/postgres-tenants.ts';
import { postgresWatch } from './adapters/postgres-watch.ts';
import { predictionUsage } from './adapters/prediction-usage.ts';
import { projectedDecisions } from './adapters/projected-decisions.ts';
import { evaluationTables, readModels } from './adapters/read-models.ts';
import { registeredVersions } from './adapters/registered-versions.ts';
import { servedStudents } from './adapters/served-students.ts';
import { budgets } from './app/budgets.ts';
import { costLoop } from './app/costs.ts';
import { evaluationAgent } from './app/evaluation-agent.ts';
import { eraseFromEvaluations } from './app/erase.ts';
import { executeEvaluation, type EvaluationInput, type EvaluationResult } from './app/execute-evaluation.ts';
import { prices } from './app/prices.ts';
import { config } from './config.ts';
import { budgetDecider, budgetEventTypes } from './domain/budgets.ts';
import { evaluationEventTypes, evaluationRecord } from './domain/evaluation-record.ts';
import { priceDecider, priceEventTypes } from './domain/prices.ts';
import { budgetRoutes } from './http/budgets.ts';
import { costRoutes } from './http/costs.ts';
import { evaluationRoutes } from './http/evaluations.ts';
import { metricRoutes } from './http/metrics.ts';

export const service = defineService({
  name: 'evaluation',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const { db, clock, newId, http, config: settings } = context;
    const queue = runQueue<EvaluationInput, EvaluationResult>({ context, area: 'evaluation' });
    await queue.prepare();
    const ports = {
      clock,
      record: commandHandler({
        context,
        aggregate: 'evaluation',
        decider: evaluationRecord,
        types: evaluationEventTypes,
        tables: { database: db, readModels: evaluationTables },
      }),
      students: servedStudents(http),
      versions: registeredVersions(http),
      teacherDecisions: projectedDecisions(http),
      inputs: postgresInputs(db),
      samples: postgresSamples(context),
      metrics: postgresMetrics(db),
      watch: postgresWatch(db),
      batchSize: settings.batchSize,
    };
    const priceList = prices({
      own: postgresPrices(db),
      commands: commandHandler({
        context,
        aggregate: 'prices',
        decider: priceDecider,
        types: priceEventTypes,
        tables: { database: db, readModels: [pricesTable] },
      }),
    });
    const exchanges = exchangeTotals(http);
    const costs = {
      exchanges,
      table: priceList.table,
      costs: postgresCosts(db),
      usage: predictionUsage(http),
      clock,
      newId,
      prices: {
        currency: settings.currency,
        perMillionPromptTokens: settings.pricePerMillionPromptTokens,
        perMillionCompletionTokens: settings.pricePerMillionCompletionTokens,
        perProcessorHour: settings.pricePerProcessorHour,
        assumedPromptTokens: settings.promptTokensPerCall,
        assumedCompletionTokens: settings.completionTokensPerCall,
      },
    };
    const tenants = postgresTenants(db);
    const watcher = hostAgent(evaluationAgent(ports, settings), {
      context,
      ...(settings.auto ? { schedule: { everyMs: settings.everyMs, tenants } } : {}),
    });
    await watcher.prepare();
    return {
      routes(app) {
        evaluationRoutes(app, { ...ports, db, newId, queue });
        metricRoutes(app, { ...costs, metrics: ports.metrics });
        const spending = postgresBudgets(db);
        costRoutes(app, { exchanges, besides: spending.besides, prices: priceList, clock });
        budgetRoutes(
          app,
          budgets({
            table: spending,
            clock,
            commands: commandHandler({
              context,
              aggregate: 'budgets',
              decider: budgetDecider,
              types: budgetEventTypes,
              tables: { database: db, readModels: [budgetsTable] },
            }),
          }),
        );
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
              trace: event.trace,
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
          ended: (run, transaction) => ports.inputs.drop(run.runId, transaction),
        }),
        ...(context.privacy?.encryption
          ? [erasureLoop(context, eraseFromEvaluations({ samples: ports.samples, shredded: shreddedEventsOf(http) }))]
          : []),
        watcher.loop,
        costLoop(costs, { everyMs: settings.costEveryMs, tenants }),
      ],
    };
  },
});
