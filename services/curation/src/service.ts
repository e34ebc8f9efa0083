import { agentRoutes, hostAgent } from '@retort/agent-runtime';
import {
  agentRuns,
  listDatasetRows,
  type CurationRunInput,
  type DecisionReplayInput,
  type DecisionReplayResult,
  type TrainingDataCurated,
} from '@retort/contracts';
import {
  commandHandler,
  defineService,
  erasureLoop,
  inProcess,
  policy,
  runQueue,
  runWorker,
  shreddedEventsOf,
} from '@retort/service-kit';
import { postgresDatasets } from './adapters/postgres-datasets.ts';
import { postgresTenants } from './adapters/postgres-tenants.ts';
import { projectedHistory } from './adapters/projected-history.ts';
import { publishedInLog } from './adapters/published-versions.ts';
import { datasetsTable, readModels } from './adapters/read-models.ts';
import { keepRejections } from './adapters/rejections.ts';
import { dataCurator } from './app/data-curator.ts';
import { manifestReader } from './app/dataset-rows.ts';
import { eraseFromDatasets } from './app/erase.ts';
import { executeRun } from './app/execute-run.ts';
import { executeReplay } from './app/replay.ts';
import { config } from './config.ts';
import type { Rejection } from './domain/candidates.ts';
import { publication } from './domain/publication.ts';
import { datasetRoutes, datasetRowsInProcess } from './http/datasets.ts';
import { replayRoutes } from './http/replays.ts';
import { outlookRoutes } from './http/outlook.ts';
import { curationRunRoutes } from './http/runs.ts';

export const service = defineService({
  name: 'curation',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const { auto, lookMs, pollMs = lookMs ?? 60_000, ...curatorPolicy } = context.config;
    const { db, http, events, artifacts, compute, clock, newId } = context;
    const runs = runQueue<CurationRunInput, TrainingDataCurated>({ context, area: 'curation' });
    const replays = runQueue<DecisionReplayInput, DecisionReplayResult>({
      context,
      area: 'curation',
      kind: 'replay',
    });
    await runs.prepare();
    const tenants = postgresTenants(db);
    const ports = {
      history: projectedHistory(http),
      expires: context.privacy?.policy.retention.agent_decision_history !== undefined,
      datasets: postgresDatasets(db, artifacts),
      publications: commandHandler({
        context,
        aggregate: 'dataset',
        decider: publication,
        types: ['TRAINING_DATA_CURATED'],
        tables: { database: db, readModels: [datasetsTable] },
      }),
      keepRejections: (rejections: readonly Rejection[]) => keepRejections(artifacts, rejections),
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
      context,
      execute: (run, work) => executeRun(ports, run, work),
    });
    const replayWorker = runWorker<DecisionReplayInput, DecisionReplayResult>({
      name: 'decision-replays',
      kind: 'replay',
      context,
      execute: (run, work) => executeReplay(ports, run, work),
    });
    const curator = hostAgent(dataCurator({ ...ports, runs }, curatorPolicy), {
      context,
      schedule: { everyMs: pollMs, tenants: tenants.all },
    });
    await curator.prepare();
    return {
      inProcess: [inProcess(listDatasetRows, datasetRowsInProcess(ports))],
      routes: (app) => {
        curationRunRoutes(app, { ...ports, runs, tenants });
        datasetRoutes(app, ports);
        replayRoutes(app, { ...ports, replays });
        outlookRoutes(app, { ...ports, runs, policy: curatorPolicy, auto });
        agentRoutes(app, curator, agentRuns.dataCurator);
      },
      readModels: readModels(context, tenants),
      policies: [
        policy('RETRAIN_TRIGGERED', async ({ tenant, trace, data }, transaction) => {
          if (!auto) return;
          await curator.trigger({ kind: 'event', tenant, reason: data.reason, trace }, transaction);
        }),
      ],
      loops: [
        worker,
        replayWorker,
        ...(context.privacy?.encryption
          ? [erasureLoop(context, eraseFromDatasets({ ...ports, shredded: shreddedEventsOf(http) }))]
          : []),
        ...(auto ? [curator.loop] : []),
      ],
    };
  },
});
