import {
  apiKeyCreatedView,
  apiKeyInput,
  page,
  quotas,
  tenantId,
  tenantInput,
  tenantListQuery,
  tenantReason,
  tenantView,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import { z } from 'zod';
import { decodeCursor, encodeCursor, linkToNext } from '../cursor.ts';
import type { Routes } from '../types.ts';
import type { ApiKeys } from './keys.ts';
import { apiKeyViewOf, newKey } from './routes.ts';
import { unknownTenant } from './tenant.ts';
import type { TenantRecord, Tenants } from './tenants.ts';

const path = '/api/v1/platform/tenants';
const scope = 'platform:operate';
const params = z.object({ tenant: tenantId });

/** Tenants, as the operator of the platform administers them. */
export function tenantRoutes(app: Routes, { keys, tenants }: { keys: ApiKeys; tenants: Tenants }): void {
  app.post(
    path,
    {
      config: { scope, audited: 'tenants.create' },
      schema: {
        summary: 'Create a tenant',
        operationId: 'createTenant',
        body: tenantInput,
        response: { 201: tenantView },
      },
    },
    async ({ body, trace }, reply) => {
      const { id, name = null, quotas } = body;
      const made = await tenants.handle({ type: 'create', tenant: id, name, quotas }, trace);
      reply.status(201).header('location', `${path}/${id}`);
      return viewOf(made);
    },
  );

  app.get(
    path,
    {
      config: { scope },
      schema: {
        summary: 'Tenants, by id',
        operationId: 'listTenants',
        querystring: tenantListQuery,
        response: { 200: page(tenantView) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const query = 'tenants';
      const after = cursor === undefined ? null : decodeCursor({ cursor, query, after: z.string(), room: 'tenants' });
      const rows = await tenants.list({ after, limit: limit + 1 });
      const data = rows.slice(0, limit);
      const next_cursor = rows.length > limit ? encodeCursor({ query, after: data.at(-1)!.id }) : null;
      linkToNext(request, reply, next_cursor);
      return { data: data.map(viewOf), next_cursor, has_more: next_cursor !== null };
    },
  );

  app.get(
    `${path}/:tenant`,
    {
      config: { scope },
      schema: { summary: 'One tenant', operationId: 'getTenant', params, response: { 200: tenantView } },
    },
    async ({ params: { tenant } }) => {
      const found = await tenants.get(tenant);
      if (!found) throw unknownTenant();
      return viewOf(found);
    },
  );

  app.put(
    `${path}/:tenant/quotas`,
    {
      config: { scope, audited: 'tenants.set-quotas' },
      schema: {
        summary: 'Set what a tenant may use',
        operationId: 'setTenantQuotas',
        params,
        body: quotas,
        response: { 200: tenantView },
      },
    },
    async ({ params: { tenant }, body, trace }) =>
      changed(await tenants.handle({ type: 'set-quotas', tenant, quotas: body }, trace)),
  );

  app.post(
    `${path}/:tenant([^:/]+)::suspend`,
    {
      config: { scope, audited: 'tenants.suspend' },
      schema: {
        summary: 'Suspend a tenant: its keys are refused until it is resumed',
        operationId: 'suspendTenant',
        params,
        body: tenantReason.nullish(),
        response: { 200: tenantView },
      },
    },
    async ({ caller, params: { tenant }, body, trace }) => {
      notOneself(caller.tenant, tenant);
      return changed(await tenants.handle({ type: 'suspend', tenant, reason: body?.reason ?? null }, trace));
    },
  );

  app.post(
    `${path}/:tenant([^:/]+)::resume`,
    {
      config: { scope, audited: 'tenants.resume' },
      schema: {
        summary: 'Resume a suspended tenant',
        operationId: 'resumeTenant',
        params,
        response: { 200: tenantView },
      },
    },
    async ({ params: { tenant }, trace }) => changed(await tenants.handle({ type: 'resume', tenant }, trace)),
  );

  app.delete(
    `${path}/:tenant`,
    {
      config: { scope, audited: 'tenants.delete' },
      schema: {
        summary: 'Delete a tenant for good: its keys are refused, its id is never given again',
        operationId: 'deleteTenant',
        params,
        response: { 200: tenantView },
      },
    },
    async ({ caller, params: { tenant }, trace }) => {
      notOneself(caller.tenant, tenant);
      return changed(await tenants.handle({ type: 'delete', tenant }, trace));
    },
  );

  app.post(
    `${path}/:tenant/api-keys`,
    {
      config: { scope, audited: 'tenants.create-api-key' },
      schema: {
        summary: 'Make an API key for a tenant, such as its first; its secret is shown this once',
        operationId: 'createTenantApiKey',
        params,
        body: apiKeyInput,
        response: { 201: apiKeyCreatedView },
      },
    },
    async ({ caller, params: { tenant }, body, trace }, reply) => {
      const found = await tenants.get(tenant);
      if (!found || found.state === 'deleted') throw unknownTenant();
      const { key, secret } = await keys.create(newKey(tenant, body, caller), trace);
      reply.status(201).header('cache-control', 'no-store');
      return { ...apiKeyViewOf(key), secret };
    },
  );

  /** Other processes notice within the time that keys are cached. */
  function changed(tenant: TenantRecord): z.infer<typeof tenantView> {
    keys.forget(tenant.id);
    return viewOf(tenant);
  }
}

function notOneself(own: string, tenant: string): void {
  if (own === tenant)
    throw fault('tenants.own', {
      public: 'The key that asks belongs to this tenant: it would lock itself out.',
    });
}

function viewOf({ id, name, state, quotas, createdAt, updatedAt }: TenantRecord): z.infer<typeof tenantView> {
  return {
    ...{ id, name, state, quotas },
    ...{ created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() },
  };
}
