import { unlimited, type DomainEvent, type Quotas, type TenantState } from '@retort/contracts';
import { fault, type Decider } from '@retort/kernel';

export type TenantCommand = { tenant: string } & (
  | { type: 'create'; name: string | null; quotas: Quotas }
  /** Of a tenant that was in use before tenants were recorded; nothing when it is on record. */
  | { type: 'adopt' }
  | { type: 'suspend'; reason: string | null }
  | { type: 'resume' }
  | { type: 'delete' }
  | { type: 'set-quotas'; quotas: Quotas }
);

export interface Tenant {
  state: TenantState | 'unknown';
  name: string | null;
  quotas: Quotas;
}

/** A tenant's life: created, suspended and resumed, deleted for good. A command that changes nothing makes no event.
 *  @throws `tenants.unknown` (404), `tenants.exists`, `tenants.deleted` (409) */
export const tenantDecider: Decider<TenantCommand, Tenant, TenantEvent> = {
  initial: { state: 'unknown', name: null, quotas: unlimited },

  decide(command, { state, name, quotas }) {
    const { tenant } = command;
    switch (command.type) {
      case 'create': {
        if (state === 'unknown')
          return [{ type: 'TENANT_CREATED', data: { tenant, name: command.name, quotas: command.quotas } }];
        if (state === 'active' && name === command.name && sameQuotas(quotas, command.quotas)) return [];
        throw fault('tenants.exists', { public: 'There is, or was, a tenant of this id. An id is given once.' });
      }
      case 'adopt':
        return state === 'unknown' ? [{ type: 'TENANT_CREATED', data: { tenant, name, quotas, adopted: true } }] : [];
      case 'delete':
        if (state === 'deleted') return [];
        known(state);
        return [{ type: 'TENANT_DELETED', data: { tenant } }];
      case 'suspend':
        changeable(state);
        return state === 'suspended' ? [] : [{ type: 'TENANT_SUSPENDED', data: { tenant, reason: command.reason } }];
      case 'resume':
        changeable(state);
        return state === 'active' ? [] : [{ type: 'TENANT_RESUMED', data: { tenant } }];
      case 'set-quotas':
        changeable(state);
        return sameQuotas(quotas, command.quotas)
          ? []
          : [{ type: 'QUOTA_SET', data: { tenant, quotas: command.quotas } }];
    }
  },

  evolve(tenant, event) {
    switch (event.type) {
      case 'TENANT_CREATED':
        return { state: 'active', name: event.data.name, quotas: event.data.quotas };
      case 'TENANT_SUSPENDED':
        return { ...tenant, state: 'suspended' };
      case 'TENANT_RESUMED':
        return { ...tenant, state: 'active' };
      case 'TENANT_DELETED':
        return { ...tenant, state: 'deleted' };
      case 'QUOTA_SET':
        return { ...tenant, quotas: event.data.quotas };
    }
  },
};

/** A tenant's stream also holds its keys: these are the tenant's own. */
export const tenantEventTypes = [
  'TENANT_CREATED',
  'TENANT_SUSPENDED',
  'TENANT_RESUMED',
  'TENANT_DELETED',
  'QUOTA_SET',
] as const;
export type TenantEvent = DomainEvent<(typeof tenantEventTypes)[number]>;

function known(state: Tenant['state']): void {
  if (state === 'unknown') throw unknownTenant();
}

function changeable(state: Tenant['state']): void {
  known(state);
  if (state === 'deleted') throw fault('tenants.deleted', { public: 'The tenant is deleted; nothing brings it back.' });
}

function sameQuotas(left: Quotas, right: Quotas): boolean {
  return (Object.keys(unlimited) as (keyof Quotas)[]).every((name) => left[name] === right[name]);
}

export function unknownTenant() {
  return fault('tenants.unknown', { public: 'There is no such tenant.' });
}
