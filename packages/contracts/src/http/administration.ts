import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { quotas, unlimited } from '../events/administration.ts';
import { tenantId, timestamp } from '../json.ts';
import { scope } from '../scopes.ts';
import { page, pagingQuery } from './paging.ts';

const requestsPerSecond = z.number().positive();

export const apiKeyView = z.object({
  id: z.string().describe('Names the key; not its secret.'),
  name: z.string().describe('What its maker called it.'),
  tenant: z.string().describe('The tenant it belongs to.'),
  scopes: z.array(scope).describe('What it may be used for.'),
  requests_per_second: requestsPerSecond
    .nullable()
    .describe('How often it may be used; as the platform is configured when null.'),
  created_at: z.string().describe('When it was made.'),
  expires_at: z.string().nullable().describe('When it ends by itself; null for never.'),
  revoked_at: z.string().nullable().describe('When it was revoked; null when it was not.'),
});
export const apiKeyInput = z.strictObject({
  name: z.string().min(1).max(128).describe('What to call the key.'),
  scopes: z.array(scope).min(1).describe('What it may be used for.'),
  requests_per_second: requestsPerSecond
    .optional()
    .describe('How often it may be used; as the platform is configured when absent.'),
  expires_at: timestamp.optional().describe('When it ends by itself; never when absent.'),
});
export const apiKeyCreatedView = apiKeyView.extend({
  secret: z.string().describe('The whole key, as callers send it. It is shown this once.'),
});
export const apiKeyListView = z.object({ data: z.array(apiKeyView).describe('The newest first.') });

const { shape } = quotas;
/** What is absent has no limit. */
const quotasInput = z.strictObject({
  decisions_per_second: shape.decisions_per_second.default(null).describe('Decisions it may record a second.'),
  predictions_per_second: shape.predictions_per_second.default(null).describe('Predictions it may ask for a second.'),
  stored_rows: shape.stored_rows.default(null).describe('Decisions it may store.'),
  training_runs_per_day: shape.training_runs_per_day
    .default(null)
    .describe('Training runs it may start in any 24 hours.'),
});

export const tenantState = z.enum(['active', 'suspended', 'deleted']);
export type TenantState = z.infer<typeof tenantState>;
export const tenantView = z.object({
  id: tenantId.describe('The tenant.'),
  name: z.string().nullable().describe('What people call it.'),
  state: tenantState.describe('Whether its keys are taken.'),
  quotas: quotas.strip().describe('What it may use; null for as much as it likes.'),
  created_at: z.string().describe('When it was created.'),
  updated_at: z.string().describe('When its state or its quotas last changed.'),
});
export const tenantInput = z.strictObject({
  id: tenantId.describe('Its id, which is never given again.'),
  name: z.string().max(128).optional().describe('What people call it.'),
  quotas: quotasInput.default(unlimited).describe('What it may use; what is absent has no limit.'),
});
export const suspensionInput = z.strictObject({
  reason: z.string().max(1024).optional().describe('Why, for the record.'),
});

const ofTenant = { owner: 'access', scope: 'admin' } as const;

export const createApiKey = endpoint({
  ...ofTenant,
  id: 'createApiKey',
  method: 'POST',
  path: '/api/v1/api-keys',
  summary: 'Make an API key; its secret is shown this once',
  audited: 'api-keys.create',
  body: apiKeyInput,
  response: { 201: apiKeyCreatedView },
  errors: ['access.scope-not-yours-to-give'],
});

export const listApiKeys = endpoint({
  ...ofTenant,
  id: 'listApiKeys',
  method: 'GET',
  path: '/api/v1/api-keys',
  summary: 'The API keys of the tenant',
  response: { 200: apiKeyListView },
  errors: [],
});

export const revokeApiKey = endpoint({
  ...ofTenant,
  id: 'revokeApiKey',
  method: 'DELETE',
  path: '/api/v1/api-keys/{id}',
  summary: 'Revoke an API key',
  audited: 'api-keys.revoke',
  params: z.strictObject({ id: z.string().describe('The key.') }),
  response: { 200: apiKeyView },
  errors: ['access.no-such-key'],
});

const ofPlatform = { owner: 'access', scope: 'platform:operate' } as const;
const params = z.strictObject({ tenant: tenantId.describe('The tenant.') });
const response = { 200: tenantView } as const;

export const createTenant = endpoint({
  ...ofPlatform,
  id: 'createTenant',
  method: 'POST',
  path: '/api/v1/platform/tenants',
  summary: 'Create a tenant',
  audited: 'tenants.create',
  body: tenantInput,
  response: { 201: tenantView },
  errors: ['tenants.exists'],
});

export const listTenants = endpoint({
  ...ofPlatform,
  id: 'listTenants',
  method: 'GET',
  path: '/api/v1/platform/tenants',
  summary: 'Tenants, by id',
  query: pagingQuery,
  response: { 200: page(tenantView) },
  errors: ['tenants.cursor-invalid', 'tenants.cursor-mismatch'],
});

export const getTenant = endpoint({
  ...ofPlatform,
  id: 'getTenant',
  method: 'GET',
  path: '/api/v1/platform/tenants/{tenant}',
  summary: 'One tenant',
  params,
  response,
  errors: ['tenants.unknown'],
});

export const setTenantQuotas = endpoint({
  ...ofPlatform,
  id: 'setTenantQuotas',
  method: 'PUT',
  path: '/api/v1/platform/tenants/{tenant}/quotas',
  summary: 'Set what a tenant may use',
  audited: 'tenants.set-quotas',
  params,
  body: quotasInput,
  response,
  errors: ['tenants.unknown', 'tenants.deleted'],
});

export const suspendTenant = endpoint({
  ...ofPlatform,
  id: 'suspendTenant',
  method: 'POST',
  path: '/api/v1/platform/tenants/{tenant}:suspend',
  summary: 'Suspend a tenant: its keys are refused until it is resumed',
  audited: 'tenants.suspend',
  params,
  body: suspensionInput.nullish(),
  response,
  errors: ['tenants.unknown', 'tenants.deleted', 'tenants.own'],
});

export const resumeTenant = endpoint({
  ...ofPlatform,
  id: 'resumeTenant',
  method: 'POST',
  path: '/api/v1/platform/tenants/{tenant}:resume',
  summary: 'Resume a suspended tenant',
  audited: 'tenants.resume',
  params,
  response,
  errors: ['tenants.unknown', 'tenants.deleted'],
});

export const deleteTenant = endpoint({
  ...ofPlatform,
  id: 'deleteTenant',
  method: 'DELETE',
  path: '/api/v1/platform/tenants/{tenant}',
  summary: 'Delete a tenant for good: its keys are refused, its id is never given again',
  audited: 'tenants.delete',
  params,
  response,
  errors: ['tenants.unknown', 'tenants.own'],
});

export const createTenantApiKey = endpoint({
  ...ofPlatform,
  id: 'createTenantApiKey',
  method: 'POST',
  path: '/api/v1/platform/tenants/{tenant}/api-keys',
  summary: 'Make an API key for a tenant, such as its first; its secret is shown this once',
  audited: 'tenants.create-api-key',
  params,
  body: apiKeyInput,
  response: { 201: apiKeyCreatedView },
  errors: ['tenants.unknown'],
});

export const administrationEndpoints = [
  createApiKey,
  listApiKeys,
  revokeApiKey,
  createTenant,
  listTenants,
  getTenant,
  setTenantQuotas,
  suspendTenant,
  resumeTenant,
  deleteTenant,
  createTenantApiKey,
] as const;
