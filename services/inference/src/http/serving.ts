import {
  getPredictionUsage,
  getServing,
  listOwnAnswers,
  type predictionUsageView,
  type servingModel,
} from '@retort/contracts';
import { evidenceOf } from '@retort/statistics';
import { lines, mount, type Routes } from '@retort/service-kit';
import type { z } from 'zod';
import type { AuditTable, SliceRecord } from '../app/audits.ts';
import type { UsageQuery } from '../app/usage.ts';
import type { LoadedModel, Models } from '../app/models.ts';
import type { OwnAnswers } from '../app/own-answers.ts';
import type { Rollouts } from '../app/rollouts.ts';
import type { Rungs } from '../app/rungs.ts';
import { trafficFigures } from '../domain/observed-traffic.ts';

export interface ServingPorts {
  models: Models;
  rollouts: Pick<Rollouts, 'figuresOf'>;
  audits: AuditTable;
  rungs: Pick<Rungs, 'observed'>;
  answers: Pick<OwnAnswers, 'read'>;
  /** Includes what was counted up to now. */
  usage(query: UsageQuery): Promise<z.infer<typeof predictionUsageView>['data']>;
}

export function servingRoutes(app: Routes, { models, rollouts, rungs, audits, answers, usage }: ServingPorts): void {
  const challengerOf = async ({ tenant, model }: LoadedModel): Promise<Challenging> => {
    const challenger = models.challenging(tenant, model);
    if (!challenger) return null;
    const { loaded, rollout } = challenger;
    const { requests, serves, failed, slow, same } = rollouts.figuresOf(challenger);
    const { id: rollout_id, modelVersion: model_version, strategy, percent, agents } = rollout;
    return {
      rollout_id,
      model_version,
      strategy,
      percent,
      agents: agents && [...agents],
      requests,
      serves,
      failed,
      slow,
      same: strategy === 'shadow' ? same : null,
      audits: auditsOf(await audits.ofVersion(loaded)),
    };
  };
  mount(app, getServing, async ({ caller }) => ({
    data: await Promise.all(
      models.servingOf(caller.tenant).map(async (loaded) => ({
        ...viewOf(loaded),
        traffic: trafficFigures(rungs.observed(loaded)),
        audits: auditsOf(await audits.ofVersion(loaded)),
        challenger: await challengerOf(loaded),
      })),
    ),
  }));
  mount(app, listOwnAnswers, ({ caller: { tenant } }) => lines(answers.read(tenant)));
  mount(app, getPredictionUsage, async ({ caller, query: { from, to } }) => ({
    data: await usage({ tenant: caller.tenant, from, to }),
  }));
}

type ServingModel = z.infer<typeof servingModel>;
type Challenging = NonNullable<ServingModel['challenger']> | null;

function viewOf({ model, modelVersion, loadedAt, guarantee, student }: LoadedModel) {
  return { model, model_version: modelVersion, loaded_at: loadedAt, guarantee: student.guarantee, promise: guarantee };
}

function auditsOf(slices: readonly SliceRecord[]): NonNullable<ServingModel['audits']> {
  return slices.map(({ slice, evidence, needed }) => ({
    ...slice,
    audits: evidence.audits,
    wrong: evidence.wrong,
    // 1 − target, without the digits that binary fractions add.
    allowed: Number(evidence.allowed.toFixed(12)),
    evidence: evidenceOf(evidence),
    withdrawn: needed !== null,
  }));
}
