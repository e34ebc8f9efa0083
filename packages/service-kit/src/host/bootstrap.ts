import { newId, systemClock } from '@retort/kernel';
import { apiKeys } from '../access/keys.ts';
import { tenants } from '../access/tenants.ts';
import { parseToken } from '../access/token.ts';
import type { ServiceDefinition } from '../types.ts';
import type { Infrastructure } from './infrastructure.ts';
import { migrateAll } from './migrate-all.ts';

export interface BootstrapOptions {
  infrastructure: Infrastructure;
  /** Whose schemas are brought up to date. */
  services: readonly ServiceDefinition[];
  tenant: string;
  /** The key that the tenant gets, `rt_<12>_<43>`; one is made for a tenant that has none, when absent. */
  key?: string | undefined;
}

/** What a platform needs before anybody can use it: its tables, a tenant, a key of all scopes. Done again, it does nothing.
 *  Resolves to the key that was stored now; null when the tenant had it.
 *  @throws `access.key-refused` when the given key's id is another key's */
export async function bootstrap({ infrastructure, services, tenant, key }: BootstrapOptions): Promise<string | null> {
  await migrateAll(infrastructure, services);
  const record = {
    database: infrastructure.database('access'),
    events: infrastructure.events,
    clock: systemClock,
    newId,
  };
  await tenants(record).handle({ type: 'adopt', tenant }, { correlationId: newId(), causationId: null });
  const given = key === undefined ? null : parseToken(key);
  const made = await apiKeys(record).bootstrap(tenant, ...(given ? [given] : []));
  return made?.secret ?? null;
}
