import { getPredictionUsage } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { PredictionUsageOf } from '../app/costs.ts';

/** What inference has counted. */
export function predictionUsage(http: ServiceClient): PredictionUsageOf {
  return async (tenant, trace) => (await http.as(tenant, trace).call(getPredictionUsage)).data;
}
