import { predictionUsageView, servingView, type servingModel } from '@retort/contracts';
import { evidenceOf } from '@retort/statistics';
import type { Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { UsageQuery } from '../adapters/usage-table.ts';
import type { AuditTable, SliceRecord } from '../adapters/audit-table.ts';
import type { LoadedModel, Models } from '../app/models.ts';

export interface ServingPorts {
  models: Models;
  audits: AuditTable;
  /** Includes what was counted up to now. */
  usage(query: UsageQuery): Promise<z.infer<typeof predictionUsageView>['data']>;
}

export function servingRoutes(app: Routes, { models, audits, usage }: ServingPorts): void {
  app.get(
    '/api/v1/serving',
    {
      config: { scope: 'models:read' },
      schema: { summary: 'What is loaded and serves', operationId: 'getServing', response: { 200: servingView } },
    },
    async ({ caller }) => ({
      data: await Promise.all(
        models.servingOf(caller.tenant).map(async (loaded) => viewOf(loaded, await audits.ofVersion(loaded))),
      ),
    }),
  );
  app.get(
    '/api/v1/predictions/usage',
    {
      config: { scope: 'models:read' },
      schema: {
        summary: 'Who answered how often, day by day (UTC), the newest first',
        operationId: 'getPredictionUsage',
        querystring: z.object({ from: z.iso.date().optional(), to: z.iso.date().optional() }),
        response: { 200: predictionUsageView },
      },
    },
    async ({ caller, query }) => ({ data: await usage({ tenant: caller.tenant, from: query.from, to: query.to }) }),
  );
}

function viewOf(
  { model, modelVersion, loadedAt, promise, student }: LoadedModel,
  slices: readonly SliceRecord[],
): z.infer<typeof servingModel> {
  return {
    model,
    model_version: modelVersion,
    loaded_at: loadedAt,
    guarantee: student.guarantee,
    promise,
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
