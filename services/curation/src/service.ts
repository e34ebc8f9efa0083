import { agentRoutes, hostAgent } from '@retort/agent-runtime';
import { defineService, on } from '@retort/service-kit';
import { knownTenants, knowTenant } from './adapters/tenants.ts';
import { dataCurator } from './app/data-curator.ts';
import { manifestReader } from './app/dataset-rows.ts';
import { runQueue } from './app/run-queue.ts';
import { config } from './config.ts';
import { datasetRoutes } from './http/datasets.ts';
import { curationRunRoutes } from './http/runs.ts';

export const service = defineService({
  name: 'curation',
  config,
  migrations: new URL('../migrations', import.meta.url),
  build(context) {
    const { auto, lookMs, leaseMs, pollMs, ...policy } = context.config;
    const queue = runQueue(context, { leaseMs, pollMs });
    const curator = hostAgent(dataCurator(context, queue, policy), {
      context,
      schedule: { everyMs: lookMs, tenants: () => knownTenants(context.db) },
    });
    return {
      routes: (app) => {
        curationRunRoutes(app, context, queue);
        datasetRoutes(app, context, manifestReader(context.artifacts));
        agentRoutes(app, curator, { read: 'curation:run', wake: 'curation:run' });
      },
      subscriptions: [
        // Whoever decides has registered a toolset before: far rarer than decisions, and it names every tenant.
        on('TOOLSET_REGISTERED', (event, transaction) => knowTenant(transaction, event.tenant)),
        on('RETRAIN_TRIGGERED', async ({ id, tenant, trace, data }, transaction) => {
          if (!auto) return;
          const caused = { correlationId: trace.correlationId, causationId: id };
          await curator.wake({ trigger: 'event', tenant, reason: data.reason, trace: caused }, transaction);
        }),
      ],
      loops: auto ? [queue.loop, curator.loop] : [queue.loop],
    };
  },
});
