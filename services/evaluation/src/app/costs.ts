import { setTimeout as delay } from 'node:timers/promises';
import type { CostAnalysisRow, predictionUsage } from '@retort/contracts';
import type { Clock, NewId } from '@retort/kernel';
import type { Loop, Trace } from '@retort/service-kit';
import type { z } from 'zod';
import { costOf, type Prices } from '../domain/cost.ts';
import { pricesOfDay } from '../domain/prices-of-day.ts';
import type { ExchangeTotalsOf } from './ledger.ts';
import type { Prices as PriceTables } from './prices.ts';
import type { Moments } from './metrics.ts';

export interface CostsOfDays {
  tenant: string;
  rows: readonly CostAnalysisRow[];
  recordedAt: Date;
}

export interface CostQuery {
  tenant: string;
  moments: Moments;
  limit: number;
  after: { day: string; model: string } | undefined;
}

export interface Costs {
  /** Keeps what a day's row has become, where it is not what was known before. */
  record(costs: CostsOfDays): Promise<void>;
  /** A row per day (UTC) and model, the newest day first. `as_of` leaves out later days, and of its own day what was
   *  counted later. */
  read(query: CostQuery): Promise<CostAnalysisRow[]>;
}

/** What inference has counted of a tenant's predictions, a row per day and model. */
export type PredictionUsageOf = (tenant: string, trace: Trace) => Promise<z.infer<typeof predictionUsage>[]>;

export interface CostPorts {
  costs: Costs;
  usage: PredictionUsageOf;
  /** What turns took that the gateway recorded. */
  exchanges: ExchangeTotalsOf;
  /** Where the configuration names no price. */
  table: PriceTables['table'];
  clock: Clock;
  prices: Prices;
}

/** Takes over what inference has counted up to now. */
export async function refreshCosts(
  { costs, usage, exchanges, table, clock, prices }: CostPorts,
  { tenant, trace }: { tenant: string; trace: Trace },
): Promise<void> {
  const counted = await usage(tenant, trace);
  if (counted.length === 0) return;
  const days = counted.map(({ day }) => day).sort();
  const totals = await exchanges({ tenant, trace }, { from: startOf(days[0]!), to: endOf(days.at(-1)!) });
  const entries = await table(tenant);
  const rows = counted.map((usageOfDay) =>
    costOf(usageOfDay, pricesOfDay(prices, { day: usageOfDay.day, totals, table: entries })),
  );
  await costs.record({ tenant, recordedAt: clock(), rows });
}

const startOf = (day: string) => `${day}T00:00:00.000Z`;
const endOf = (day: string) => new Date(Date.parse(startOf(day)) + 24 * 3_600_000).toISOString();

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
