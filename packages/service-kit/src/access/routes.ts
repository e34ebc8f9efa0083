import { scope, timestamp } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { z } from 'zod';
import type { Routes } from '../types.ts';
import type { ApiKey, ApiKeys } from './keys.ts';

const apiKeyView = z.object({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  scopes: z.array(scope),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
const newApiKey = z.object({
  name: z.string().min(1).max(128),
  scopes: z.array(scope).min(1),
  /** Never expires when absent. */
  expires_at: timestamp.optional(),
});

/** Keys of the caller's tenant. The secret is in the answer to the POST and nowhere else. */
export function apiKeyRoutes(app: Routes, keys: ApiKeys): void {
  const config = { scope: 'admin' } as const;
  app.post(
    '/api/v1/api-keys',
    {
      config,
      schema: {
        summary: 'Make an API key; its secret is shown this once',
        operationId: 'createApiKey',
        body: newApiKey,
        response: { 201: apiKeyView.extend({ secret: z.string() }) },
      },
    },
    async (request, reply) => {
      const { name, scopes, expires_at } = request.body;
      const { key, secret } = await keys.create({
        tenant: request.caller.tenant,
        name,
        scopes,
        expiresAt: expires_at === undefined ? null : new Date(expires_at),
      });
      return reply
        .status(201)
        .header('location', `/api/v1/api-keys/${key.id}`)
        .header('cache-control', 'no-store')
        .send({ ...view(key), secret });
    },
  );
  app.get(
    '/api/v1/api-keys',
    {
      config,
      schema: {
        summary: 'The API keys of the tenant',
        operationId: 'listApiKeys',
        response: { 200: z.object({ data: z.array(apiKeyView) }) },
      },
    },
    async (request) => ({ data: (await keys.list(request.caller.tenant)).map(view) }),
  );
  app.delete(
    '/api/v1/api-keys/:id',
    {
      config,
      schema: {
        summary: 'Revoke an API key',
        operationId: 'revokeApiKey',
        params: z.object({ id: z.string() }),
        response: { 200: apiKeyView },
      },
    },
    async (request) => {
      const key = await keys.revoke(request.caller.tenant, request.params.id);
      if (key) return view(key);
      throw fault('access.no-such-key', { public: 'There is no such API key.' });
    },
  );
}

function view(key: ApiKey): z.infer<typeof apiKeyView> {
  return {
    id: key.id,
    name: key.name,
    tenant: key.tenant,
    scopes: [...key.scopes],
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}
