import { agentRoutes, hostAgent } from '@retort/agent-runtime';
import {
  agentRuns,
  type CurationRunInput,
  type DecisionReplayInput,
  type DecisionReplayResult,
  type TrainingDataCurated,
} from '@retort/contracts';
import { defineService, on, runQueue, runWorker } from '@retort/service-kit';
import { postgresDatasets } from './adapters/postgres-datasets.ts';
import { postgresTenants } from './adapters/postgres-tenants.ts';
import { projectedHistory } from './adapters/projected-history.ts';
import { publishedInLog } from './adapters/published-versions.ts';
import { dataCurator } from './app/data-curator.ts';
import { manifestReader } from './app/dataset-rows.ts';
import { executeRun } from './app/execute-run.ts';
import { executeReplay } from './app/replay.ts';
import { config } from './config.ts';
import { datasetRoutes } from './http/datasets.ts';
import { replayRoutes } from './http/replays.ts';
import { curationRunRoutes } from './http/runs.ts';

export const service = defineService({
  name: 'curation',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const { auto, lookMs, pollMs = lookMs ?? 60_000, ...policy } = context.config;
    const { db, http, events, artifacts, compute, clock, newId, log } = context;
    const runs = runQueue<CurationRunInput, TrainingDataCurated>({ db, clock, area: 'curation' });
    const replays = runQueue<DecisionReplayInput, DecisionReplayResult>({
      db,
      clock,
      area: 'curation',
      kind: 'replay',
    });
    await runs.prepare();
    const tenants = postgresTenants(db);
    const ports = {
      history: projectedHistory(http),
      datasets: postgresDatasets(db),
      published: publishedInLog(events),
      manifests: manifestReader(artifacts),
      events,
      artifacts,
      compute,
      clock,
      newId,
    };
    const worker = runWorker<CurationRunInput, TrainingDataCurated>({
      name: 'curation-runs',
      db,
      clock,
      log,
      execute: (run, work) => executeRun(ports, run, work),
    });
    const replayWorker = runWorker<DecisionReplayInput, DecisionReplayResult>({
      name: 'decision-replays',
      kind: 'replay',
      db,
      clock,
      log,
      execute: (run, work) => executeReplay(ports, run, work),
    });
    const curator = hostAgent(dataCurator({ ...ports, runs }, policy), {
      context,
      schedule: { everyMs: pollMs, tenants: tenants.all },
    });
    return {
      routes: (app) => {
        curationRunRoutes(app, { ...ports, runs, tenants });
        datasetRoutes(app, ports);
        replayRoutes(app, { ...ports, replays });
        agentRoutes(app, curator, agentRuns.dataCurator);
      },
      subscriptions: [
        // Whoever decides has registered a toolset before: far rarer than decisions, and it names every tenant.
        on('TOOLSET_REGISTERED', (event, transaction) => tenants.know(event.tenant, transaction)),
        on('RETRAIN_TRIGGERED', async ({ tenant, trace, data }, transaction) => {
          if (!auto) return;
          await curator.trigger({ kind: 'event', tenant, reason: data.reason, trace }, transaction);
        }),
      ],
      loops: [worker, replayWorker, ...(auto ? [curator.loop] : [])],
    };
  },
});
