import { recordDecisions } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { AuditedDecision } from '../app/auditor.ts';

/** Records decisions as agents do; one that is recorded already stays as it is. What ingestion refuses (a call that its tool's
 *  schema does not take) is no decision to learn from either. */
export function recordedDecisions(http: ServiceClient): (audited: AuditedDecision) => Promise<void> {
  return async ({ tenant, trace, decision }) => {
    await http.as(tenant, trace).call(recordDecisions, { body: [decision] });
  };
}
