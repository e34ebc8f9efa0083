import { artifactsNamedBy, typesNamingArtifacts } from '@retort/contracts';
import type { ArtifactStore } from '@retort/artifact-store';
import type { EventStore } from '@retort/event-store';
import { isFault } from '@retort/kernel';

/** Artifacts that the log names and that are not there, or not what their digests say. Those of tenants that are deleted are
 *  wanted by nobody. */
export async function artifactFaults(
  { store, artifacts }: { store: Pick<EventStore, 'readAll'>; artifacts: ArtifactStore },
  signal: AbortSignal,
): Promise<{ digest: string; kind: 'missing' | 'altered' }[]> {
  const byTenant = new Map<string, Set<string>>();
  const types = [...typesNamingArtifacts, 'TENANT_DELETED'];
  for await (const { type, tenant, json } of store.readAll({ filter: { types } })) {
    signal.throwIfAborted();
    if (type === 'TENANT_DELETED') byTenant.delete(tenant);
    const named = byTenant.get(tenant) ?? new Set();
    for (const digest of artifactsNamedBy(type, objectOf(json))) named.add(digest);
    byTenant.set(tenant, named);
  }
  const digests = new Set([...byTenant.values()].flatMap((named) => [...named]));
  const faults: { digest: string; kind: 'missing' | 'altered' }[] = [];
  for (const digest of digests) {
    signal.throwIfAborted();
    try {
      await artifacts.get(digest);
    } catch (error) {
      if (!isFault(error)) throw error;
      faults.push({ digest, kind: error.code === 'artifact.missing' ? 'missing' : 'altered' });
    }
  }
  return faults;
}

/** What cannot be read names nothing. */
function objectOf(json: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(json);
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
