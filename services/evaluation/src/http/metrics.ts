import { costAnalysisRow, distilledModelMetric, page, performanceBenchmark, timestamp } from '@retort/contracts';
import { decodeCursor, encodeCursor, linkToNext, type Routes } from '@retort/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readCosts } from '../adapters/cost-table.ts';
import { readMetrics } from '../adapters/metrics-table.ts';
import { refreshCosts, type CostPorts } from '../app/costs.ts';

const config = { scope: 'products:read' } as const;
const paging = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional(),
  /** Only what had happened by then. */
  as_of: timestamp.optional(),
  /** Only what was known by then. */
  recorded_as_of: timestamp.optional(),
});
const place = z.object({ at: z.string(), id: z.string() });
const day = z.object({ day: z.string(), model: z.string() });
const room = 'evaluation';

/** The rows of the products this service owns. */
export function metricRoutes(app: Routes, ports: CostPorts): void {
  const metricsPage = async (request: FastifyRequest, reply: FastifyReply) => {
    const { limit, cursor, ...moments } = request.query as z.output<typeof paging>;
    const query = { list: 'metrics', ...moments };
    const after = cursor === undefined ? undefined : decodeCursor({ cursor, query, after: place, room });
    const rows = await readMetrics(ports.db, { tenant: request.caller.tenant, limit: limit + 1, after, moments });
    const shown = rows.slice(0, limit);
    const next = rows.length > limit ? encodeCursor({ query, after: shown.at(-1)!.place }) : null;
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
      const { limit, cursor, ...moments } = request.query;
      const { tenant } = request.caller;
      await refreshCosts(ports, { tenant, trace: request.trace });
      const query = { list: 'cost', ...moments };
      const after = cursor === undefined ? undefined : decodeCursor({ cursor, query, after: day, room });
      const rows = await readCosts(ports.db, { tenant, moments, limit: limit + 1, after });
      const data = rows.slice(0, limit);
      const last = rows.length > limit ? data.at(-1) : undefined;
      const next = last ? encodeCursor({ query, after: { day: last.day, model: last.model } }) : null;
      linkToNext(request, reply, next);
      return { data, next_cursor: next, has_more: next !== null };
    },
  );
}
