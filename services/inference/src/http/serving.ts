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
import type { Rungs } from '../app/rungs.ts';
import { trafficFigures } from '../domain/observed-traffic.ts';

export interface ServingPorts {
  models: Models;
  audits: AuditTable;
  rungs: Pick<Rungs, 'observed'>;
  answers: Pick<OwnAnswers, 'read'>;
  /** Includes what was counted up to now. */
  usage(query: UsageQuery): Promise<z.infer<typeof predictionUsageView>['data']>;
}

export function servingRoutes(app: Routes, { models, audits, rungs, answers, usage }: ServingPorts): void {
  mount(app, getServing, async ({ caller }) => ({
    data: await Promise.all(
      models.servingOf(caller.tenant).map(async (loaded) => ({
        ...viewOf(loaded, await audits.ofVersion(loaded)),
        traffic: trafficFigures(rungs.observed(loaded)),
      })),
    ),
  }));
  mount(app, listOwnAnswers, ({ caller: { tenant } }) => lines(answers.read(tenant)));
  mount(app, getPredictionUsage, async ({ caller, query: { from, to } }) => ({
    data: await usage({ tenant: caller.tenant, from, to }),
  }));
}

function viewOf(
  { model, modelVersion, loadedAt, guarantee, student }: LoadedModel,
  slices: readonly SliceRecord[],
): z.infer<typeof servingModel> {
  return {
    model,
    model_version: modelVersion,
    loaded_at: loadedAt,
    guarantee: student.guarantee,
    promise: guarantee,
    audits: slices.map(({ slice, evidence, needed }) => ({
      ...slice,
      audits: evidence.audits,
      wrong: evidence.wrong,
      allowed: evidence.allowed,
      evidence: evidenceOf(evidence),
      withdrawn: needed !== null,
    })),
  };
}
