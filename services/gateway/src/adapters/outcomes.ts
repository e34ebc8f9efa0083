import { reportOutcome } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { ReportOutcome } from '../app/call-outcomes.ts';

/** Through decision-ingestion. */
export function ingestedOutcomes(http: ServiceClient): ReportOutcome {
  return ({ tenant, trace }, id, outcome) =>
    http.as(tenant, trace).call(reportOutcome, { params: { id }, body: outcome });
}
