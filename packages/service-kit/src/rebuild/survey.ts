import { artifactsNamedBy, typesNamingArtifacts } from '@retort/contracts';
import type { EventStore, Position } from '@retort/event-store';

/** What the log says beside what its folds make of it. Each reading goes on where the last one ended. */
export interface Survey {
  /** Reads on, to the end of the log. */
  readOn(signal: AbortSignal): Promise<void>;
  /** Whose rows were removed, and are not to come back. */
  deletedTenants(): ReadonlySet<string>;
  /** Digests that the log names. Those of tenants that are deleted are wanted by nobody. */
  artifacts(): ReadonlySet<string>;
}

const types = [...typesNamingArtifacts, 'TENANT_DELETED'];

export function surveyOf(store: Pick<EventStore, 'readAll' | 'head'>): Survey {
  const byTenant = new Map<string, Set<string>>();
  const deleted = new Set<string>();
  let after: Position | null = null;
  return {
    async readOn(signal) {
      const until = await store.head();
      if (until === null) return;
      for await (const { type, tenant, json } of store.readAll({ after, until, filter: { types } })) {
        signal.throwIfAborted();
        if (type === 'TENANT_DELETED') {
          deleted.add(tenant);
          byTenant.delete(tenant);
        }
        const named = byTenant.get(tenant) ?? new Set();
        for (const digest of artifactsNamedBy(type, objectOf(json))) named.add(digest);
        byTenant.set(tenant, named);
      }
      after = until;
    },
    deletedTenants: () => deleted,
    artifacts: () => new Set([...byTenant.values()].flatMap((named) => [...named])),
  };
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
