import {
  createTenant,
  createTenantApiKey,
  deleteTenant,
  getTenant,
  listTenants,
  resumeTenant,
  setTenantQuotas,
  suspendTenant,
  urlOf,
  type tenantView,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import { z } from 'zod';
import { answer } from '../http/answers.ts';
import { mount } from '../http/mount.ts';
import { pageMap, pageOf } from '../http/page.ts';
import type { Routes } from '../types.ts';
import type { ApiKeys } from './keys.ts';
import { apiKeyViewOf, newKey } from './routes.ts';
import { unknownTenant } from './tenant.ts';
import type { TenantRecord, Tenants } from './tenants.ts';

/** Tenants, as the operator of the platform administers them. */
export function tenantRoutes(app: Routes, { keys, tenants }: { keys: ApiKeys; tenants: Tenants }): void {
  mount(app, createTenant, async ({ body, trace }) => {
    const { id, name = null, quotas } = body;
    const made = await tenants.handle({ type: 'create', tenant: id, name, quotas }, trace);
    return answer(201, viewOf(made), { location: urlOf(getTenant, { params: { tenant: id } }) });
  });
  mount(app, listTenants, async ({ query }) =>
    pageMap(
      await pageOf({
        area: 'tenants',
        query,
        position: z.string(),
        read: (after, limit) => tenants.list({ after, limit }),
        positionOf: ({ id }) => id,
      }),
      viewOf,
    ),
  );
  mount(app, getTenant, async ({ params: { tenant } }) => {
    const found = await tenants.get(tenant);
    if (!found) throw unknownTenant();
    return viewOf(found);
  });
  mount(app, setTenantQuotas, async ({ params: { tenant }, body, trace }) =>
    changed(await tenants.handle({ type: 'set-quotas', tenant, quotas: body }, trace)),
  );
  mount(app, suspendTenant, async ({ caller, params: { tenant }, body, trace }) => {
    notOneself(caller.tenant, tenant);
    return changed(await tenants.handle({ type: 'suspend', tenant, reason: body?.reason ?? null }, trace));
  });
  mount(app, resumeTenant, async ({ params: { tenant }, trace }) =>
    changed(await tenants.handle({ type: 'resume', tenant }, trace)),
  );
  mount(app, deleteTenant, async ({ caller, params: { tenant }, trace }) => {
    notOneself(caller.tenant, tenant);
    return changed(await tenants.handle({ type: 'delete', tenant }, trace));
  });
  mount(app, createTenantApiKey, async ({ caller, params: { tenant }, body, trace }) => {
    const found = await tenants.get(tenant);
    if (!found || found.state === 'deleted') throw unknownTenant();
    const { key, secret } = await keys.create(newKey(tenant, body, caller), trace);
    return answer(201, { ...apiKeyViewOf(key), secret }, { 'cache-control': 'no-store' });
  });

  /** Other processes notice within the time that keys are cached. */
  function changed(tenant: TenantRecord): z.infer<typeof tenantView> {
    keys.forget(tenant.id);
    return viewOf(tenant);
  }
}

function notOneself(own: string, tenant: string): void {
  if (own === tenant)
    throw fault('tenants.own', { public: 'The key that asks belongs to this tenant: it would lock itself out.' });
}

function viewOf({ id, name, state, quotas, createdAt, updatedAt }: TenantRecord): z.infer<typeof tenantView> {
  return {
    id,
    name,
    state,
    quotas,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
