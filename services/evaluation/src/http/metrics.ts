import { listCostAnalysis, listDistilledModelMetrics, listPerformanceBenchmarks, timestamp } from '@retort/contracts';
import { mount, pageMap, pageOf, type Requested, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import { refreshCosts, type CostPorts } from '../app/costs.ts';
import type { Metrics } from '../app/metrics.ts';

const position = z.object({ at: timestamp, id: z.string() });
const day = z.object({ day: z.iso.date().regex(/^(?!0000)/), model: z.string() });

/** The rows of the products this service owns. */
export function metricRoutes(app: Routes, ports: CostPorts & { metrics: Metrics }): void {
  const metricsPage = ({
    query,
    caller: { tenant },
  }: Pick<Requested<typeof listDistilledModelMetrics>, 'query' | 'caller'>) => {
    const { as_of, recorded_as_of } = query;
    return pageOf({
      area: 'evaluation',
      query: { ...query, list: 'metrics' },
      position,
      read: (after, limit) =>
        ports.metrics.read({ tenant, limit, after: after ?? undefined, moments: { as_of, recorded_as_of } }),
      positionOf: (row) => row.position,
    });
  };
  mount(app, listDistilledModelMetrics, async (request) => pageMap(await metricsPage(request), ({ metric }) => metric));
  mount(app, listPerformanceBenchmarks, async (request) =>
    pageMap(await metricsPage(request), ({ benchmark }) => benchmark),
  );
  mount(app, listCostAnalysis, async ({ query, caller: { tenant }, trace }) => {
    const { as_of, recorded_as_of } = query;
    await refreshCosts(ports, { tenant, trace });
    return pageOf({
      area: 'evaluation',
      query: { ...query, list: 'cost' },
      position: day,
      read: (after, limit) =>
        ports.costs.read({ tenant, moments: { as_of, recorded_as_of }, limit, after: after ?? undefined }),
      positionOf: ({ day, model }) => ({ day, model }),
    });
  });
}
