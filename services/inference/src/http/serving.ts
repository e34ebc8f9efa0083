import { predictionUsageView, servingView } from '@retort/contracts';
import type { Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { UsageQuery } from '../adapters/usage-table.ts';
import type { Models } from '../app/models.ts';

export interface ServingPorts {
  models: Models;
  /** Includes what was counted up to now. */
  usage(query: UsageQuery): Promise<z.infer<typeof predictionUsageView>['data']>;
}

export function servingRoutes(app: Routes, { models, usage }: ServingPorts): void {
  app.get(
    '/api/v1/serving',
    {
      config: { scope: 'models:read' },
      schema: { summary: 'What is loaded and serves', operationId: 'getServing', response: { 200: servingView } },
    },
    ({ caller }) => ({
      data: models.servingOf(caller.tenant).map(({ model, modelVersion, loadedAt, promise, student }) => ({
        model,
        model_version: modelVersion,
        loaded_at: loadedAt,
        guarantee: student.guarantee,
        promise,
      })),
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
