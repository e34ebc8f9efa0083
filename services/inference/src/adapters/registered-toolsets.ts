import { getNamedToolset, getToolset } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { RegisteredTools } from '../app/toolsets.ts';

/** Names belong to ingestion, the tools behind a digest to the projection. */
export function registeredTools(http: ServiceClient): RegisteredTools {
  return async ({ tenant, trace, reference }) => {
    const client = http.as(tenant, trace);
    const view = reference.startsWith('sha256:')
      ? await client.call(getToolset, { params: { digest: reference } })
      : await client.call(getNamedToolset, { params: { name: reference } });
    return view.tools;
  };
}
