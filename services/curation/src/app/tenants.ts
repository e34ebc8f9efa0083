import type { Queryable } from '@retort/postgres';

/** Tenants the curator looks after. */
export interface Tenants {
  /** Within a transaction the tenant is known when that commits. */
  know(tenant: string, transaction?: Queryable): Promise<void>;
  all(): Promise<string[]>;
}
