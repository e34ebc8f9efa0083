import { eventCatalog, isEventType, type EventType } from '@retort/contracts';
import type { RecordedEvent } from '@retort/event-store';

/** What agents send names no artifact of ours; everything else may. */
const sentByAgents: readonly EventType[] = ['AGENT_TOOL_SELECTED', 'DECISION_OUTCOME_REPORTED', 'TOOLSET_REGISTERED'];
export const referringTypes: readonly EventType[] = Object.keys(eventCatalog)
  .filter(isEventType)
  .filter((type) => !sentByAgents.includes(type));

/** The digests that the events of the log name, but for those of tenants that are deleted. */
export interface ArtifactReferences {
  add(event: Pick<RecordedEvent, 'type' | 'tenant' | 'json'>): void;
  has(digest: string): boolean;
}

export function artifactReferences(): ArtifactReferences {
  const byTenant = new Map<string, Set<string>>();
  const deleted = new Set<string>();
  return {
    add({ type, tenant, json }) {
      if (type === 'TENANT_DELETED') {
        deleted.add(tenant);
        byTenant.delete(tenant);
      }
      if (deleted.has(tenant)) return;
      const digests = json.match(/sha256:[0-9a-f]{64}/g);
      if (digests === null) return;
      const known = byTenant.get(tenant) ?? new Set();
      for (const digest of digests) known.add(digest);
      byTenant.set(tenant, known);
    },
    has: (digest) => [...byTenant.values()].some((known) => known.has(digest)),
  };
}
