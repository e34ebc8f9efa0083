import { getCurationOutlook, listAgents } from '@retort/contracts';
import type { ServiceClient, Trace } from '@retort/service-kit';
import type { ProgressOf } from '../app/status.ts';

export function loopProgress(http: ServiceClient): ProgressOf {
  return async (tenant: string, trace: Trace) => {
    const client = http.as(tenant, trace);
    const [{ data: agents }, outlook] = await Promise.all([client.call(listAgents), client.call(getCurationOutlook)]);
    return { agents, outlook };
  };
}
