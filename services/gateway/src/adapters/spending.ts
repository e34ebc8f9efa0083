import { reportSpending } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import type { ServiceClient } from '@retort/service-kit';
import type { ReportSpending } from '../app/budgets.ts';

/** As evaluation adds it up. */
export function toldSpending(http: ServiceClient, newId: NewId): ReportSpending {
  return async (tenant, spent) => {
    const client = http.as(tenant, { correlationId: newId(), causationId: null });
    return (await client.call(reportSpending, { body: { spent } })).data;
  };
}
