import { setTimeout as delay } from 'node:timers/promises';
import { predictionUsageView } from '@retort/contracts';
import type { Clock, NewId } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { Loop, ServiceClient, Trace } from '@retort/service-kit';
import { recordCosts } from '../adapters/cost-table.ts';
import { costOf, type Prices } from '../domain/cost.ts';

export interface CostPorts {
  db: Queryable;
  http: ServiceClient;
  clock: Clock;
  prices: Prices;
}

/** Takes over what inference has counted up to now. */
export async function refreshCosts(
  { db, http, clock, prices }: CostPorts,
  { tenant, trace }: { tenant: string; trace: Trace },
): Promise<void> {
  const { data } = await http.as(tenant, trace).get('/api/v1/predictions/usage', predictionUsageView);
  await recordCosts(db, { tenant, recordedAt: clock(), rows: data.map((usage) => costOf(usage, prices)) });
}

/** So that a past moment can be asked about also where nobody looked at it then. */
export function costLoop(
  ports: CostPorts & { newId: NewId },
  { everyMs, tenants }: { everyMs: number; tenants: () => Promise<string[]> },
): Loop {
  return {
    name: 'cost-analysis',
    async run(signal) {
      while (!signal.aborted) {
        const failures: unknown[] = [];
        for (const tenant of await tenants())
          await refreshCosts(ports, { tenant, trace: { correlationId: ports.newId(), causationId: null } }).catch(
            (error: unknown) => failures.push(error),
          );
        // Whoever runs this looks again soon, and not after the whole pause. One tenant's failure is not the others'.
        if (failures.length > 0) throw failures[0];
        await delay(everyMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
