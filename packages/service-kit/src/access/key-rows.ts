import { scopes as allScopes, scope, type Quotas, type Scope, type TenantState } from '@retort/contracts';

/** What is known of a key; never its secret. */
export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  anyTenant: boolean;
  /** null: as the platform's configuration says. */
  requestsPerSecond: number | null;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

export interface Row {
  id: string;
  tenant: string;
  name: string;
  secret_hash: Buffer;
  scopes: string[];
  any_tenant: boolean;
  requests_per_second: number | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

export interface RowWithTenant extends Row {
  tenant_state: TenantState | null;
  quotas: Quotas | null;
}

export interface Known {
  key: ApiKey;
  secretHash: Buffer;
  /** null: nobody has recorded the tenant yet. */
  tenantState: TenantState | null;
  quotas: Quotas | null;
}

export function knownOf(row: RowWithTenant): Known {
  return { key: fromRow(row), secretHash: row.secret_hash, tenantState: row.tenant_state, quotas: row.quotas };
}

export function fromRow(row: Row): ApiKey {
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    // A scope that this release does not know (any more) grants nothing.
    scopes: row.scopes.filter((name): name is Scope => scope.safeParse(name).success),
    anyTenant: row.any_tenant,
    requestsPerSecond: row.requests_per_second,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

export function asServiceKey(id: string): ApiKey {
  return {
    id,
    tenant: '',
    name: 'services',
    scopes: allScopes,
    anyTenant: true,
    requestsPerSecond: null,
    createdAt: new Date(0),
    expiresAt: null,
    revokedAt: null,
  };
}
