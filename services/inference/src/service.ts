import { predict } from '@retort/contracts';
import { defineService, inProcess, readModel } from '@retort/service-kit';
import { auditTable } from './adapters/audit-table.ts';
import { recordedDecisions } from './adapters/audited-decisions.ts';
import { deployments as deploymentTable } from './adapters/deployments.ts';
import { teacherOf } from './adapters/teacher.ts';
import { inferenceSpools } from './adapters/spools.ts';
import { ownAnswerTable } from './adapters/own-answer-table.ts';
import { registeredTools } from './adapters/registered-toolsets.ts';
import { registeredVersions } from './adapters/registered-versions.ts';
import { trafficTable } from './adapters/traffic-table.ts';
import { postgresUsage } from './adapters/usage-table.ts';
import { storeWithdrawal, withdrawnSlices } from './adapters/withdrawals.ts';
import { auditor as servedAuditor } from './app/auditor.ts';
import { reconcileModels, storingUsage, usageStore } from './app/loops.ts';
import { predictionMetrics } from './app/metrics.ts';
import { models as loadedModels } from './app/models.ts';
import { ownAnswers } from './app/own-answers.ts';
import { recordRevert, rollouts as observedRollouts } from './app/rollouts.ts';
import { recordRung, servingRungs } from './app/rungs.ts';
import { toolsets as knownToolsets } from './app/toolsets.ts';
import { config } from './config.ts';
import { usageCounter } from './domain/usage.ts';
import { predictInProcess, predictionRoutes } from './http/predictions.ts';
import { servingRoutes } from './http/serving.ts';

export const service = defineService({
  name: 'inference',
  needs: ['database'],
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const { db, clock, http, newId, config: settings } = context;
    const deployments = deploymentTable(db);
    const toolsets = knownToolsets({ registered: registeredTools(http), clock, size: settings.toolsetsKept });
    const usage = usageCounter();
    const usageTable = postgresUsage(db);
    const ownAnswerRows = ownAnswerTable(db);
    const spools = await inferenceSpools(context, {
      addUsage: usageTable.add,
      countAudit: (kept) => auditor.count(kept),
      addOwnAnswers: ownAnswerRows.add,
      recordRung: (change) => recordRung(context, change),
      recordRevert: (revert) => recordRevert(context, revert),
      recordDecision: recordedDecisions(http),
    });
    const storeUsage = usageStore({ spool: spools.tables, newId }, usage);
    const metrics = predictionMetrics(context.metrics);
    const models = loadedModels({
      ...context,
      artifactOf: registeredVersions(http),
      versionsKept: settings.versionsKept,
      onRefused: metrics.refused,
      onChallengerRefused: (challenger) => rollouts.refuse(challenger),
    });
    const teacher = teacherOf(settings);
    const { teacherConcurrency, auditShare: share } = settings;
    const audits = auditTable(db);
    const answers = ownAnswers({
      table: ownAnswerRows,
      spool: spools.tables,
      clock,
      newId,
      share: teacher ? share : 0,
    });
    const auditor = servedAuditor({
      ...context,
      table: audits,
      spool: spools.tables,
      answers,
      teacher,
      share,
      record: spools.recordDecision,
      random: Math.random,
      metrics,
    });
    const rungs = servingRungs({ ...context, spool: spools.events, table: trafficTable(db) });
    const rollouts = observedRollouts({ ...context, models, audits, spool: spools.events, random: Math.random });
    let loaded = false;
    const ports = { models, toolsets, teacher, usage, metrics, auditor, answers, rungs, rollouts, clock };
    return {
      inProcess: [inProcess(predict, predictInProcess(ports))],
      routes(app) {
        predictionRoutes(app, { ...ports, teacherConcurrency });
        servingRoutes(app, {
          models,
          rollouts,
          audits,
          rungs,
          answers,
          usage: async (query) => {
            await storeUsage();
            await spools.tables.flush();
            return usageTable.read(query);
          },
        });
      },
      readModels: [
        readModel('MODEL_DEPLOYED', (event, transaction) => deployments.deployed(event, transaction), {
          fills: ['deployed_versions', 'serving', 'challengers'],
        }),
        readModel('MODEL_ROLLED_BACK', (event, transaction) => deployments.rolledBack(event, transaction), {
          fills: ['serving'],
        }),
        readModel('MODEL_ROLLOUT_STARTED', (event, transaction) => deployments.challenges(event, transaction), {
          fills: ['deployed_versions', 'challengers'],
        }),
        readModel('MODEL_ROLLOUT_ENDED', (event, transaction) => deployments.challengesNoMore(event, transaction), {
          fills: ['challengers'],
        }),
        readModel('SLICE_WITHDRAWN', storeWithdrawal, { fills: [withdrawnSlices] }),
      ],
      loops: [
        reconcileModels({ models, deployments, auditor, rungs, first: () => void (loaded = true) }),
        storingUsage(storeUsage),
        auditor.loop,
        answers.loop,
        rungs.loop,
        rollouts.loop,
        spools.tables.loop,
        spools.events.loop,
        spools.decisions.loop,
      ],
      ready: async () => {
        if (!loaded) throw new Error('the models that should serve are not loaded yet');
      },
      close: async () => {
        await auditor.close();
        await answers.store();
        await rungs.keep();
        await storeUsage();
        await spools.close();
      },
    };
  },
});
