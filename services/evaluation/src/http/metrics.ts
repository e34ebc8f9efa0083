import {
  costAnalysisRow,
  distilledModelMetric,
  page,
  performanceBenchmark,
  predictionUsageView,
} from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import { decodeCursor, encodeCursor, linkToNext, type Routes, type ServiceClient } from '@retort/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readMetrics } from '../adapters/metrics-table.ts';
import { costOf, type Prices } from '../domain/cost.ts';

const config = { scope: 'products:read' } as const;
const paging = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional(),
});
const place = z.object({ at: z.string(), id: z.string() });
const room = 'evaluation';

/** The rows of the products this service owns. */
export function metricRoutes(app: Routes, ports: { db: Queryable; http: ServiceClient; prices: Prices }): void {
  const metricsPage = async (request: FastifyRequest, reply: FastifyReply) => {
    const { limit, cursor } = request.query as z.output<typeof paging>;
    const after = cursor === undefined ? undefined : decodeCursor({ cursor, query: 'metrics', after: place, room });
    const rows = await readMetrics(ports.db, { tenant: request.caller.tenant, limit: limit + 1, after });
    const shown = rows.slice(0, limit);
    const next = rows.length > limit ? encodeCursor({ query: 'metrics', after: shown.at(-1)!.place }) : null;
    linkToNext(request, reply, next);
    return { shown, next_cursor: next, has_more: next !== null };
  };

  app.get(
    '/api/v1/metrics/distilled-model-metrics',
    {
      config,
      schema: {
        summary: 'Rows of distilled_model_metrics, the newest first',
        operationId: 'listDistilledModelMetrics',
        querystring: paging,
        response: { 200: page(distilledModelMetric) },
      },
    },
    async (request, reply) => {
      const { shown, ...rest } = await metricsPage(request, reply);
      return { data: shown.map(({ metric }) => metric), ...rest };
    },
  );
  app.get(
    '/api/v1/metrics/performance-benchmarks',
    {
      config,
      schema: {
        summary: 'Rows of performance_benchmarks, the newest first',
        operationId: 'listPerformanceBenchmarks',
        querystring: paging,
        response: { 200: page(performanceBenchmark) },
      },
    },
    async (request, reply) => {
      const { shown, ...rest } = await metricsPage(request, reply);
      return { data: shown.map(({ benchmark }) => benchmark), ...rest };
    },
  );
  app.get(
    '/api/v1/metrics/cost-analysis',
    {
      config,
      schema: {
        summary: 'Rows of cost_analysis: teacher calls avoided and money saved, with the price it was computed with',
        operationId: 'listCostAnalysis',
        querystring: paging,
        response: { 200: page(costAnalysisRow) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const { tenant } = request.caller;
      const { data } = await ports.http.as(tenant, request.trace).get('/api/v1/predictions/usage', predictionUsageView);
      const after = cursor === undefined ? undefined : decodeCursor({ cursor, query: 'cost', after: place, room });
      // A row per day and model: few enough to be read whole.
      const start = after ? data.findIndex(({ day, model }) => day === after.at && model === after.id) + 1 : 0;
      const shown = data.slice(start, start + limit);
      const last = start + limit < data.length ? shown.at(-1) : undefined;
      const next = last ? encodeCursor({ query: 'cost', after: { at: last.day, id: last.model } }) : null;
      linkToNext(request, reply, next);
      return { data: shown.map((usage) => costOf(usage, ports.prices)), next_cursor: next, has_more: next !== null };
    },
  );
}
