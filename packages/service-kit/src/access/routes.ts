import { apiKeyCreatedView, apiKeyInput, apiKeyView } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Caller, Routes } from '../types.ts';
import type { ApiKey, ApiKeys, NewApiKey } from './keys.ts';

/** Keys of the caller's tenant. The secret is in the answer to the POST and nowhere else. */
export function apiKeyRoutes(app: Routes, keys: ApiKeys): void {
  const scope = 'admin';
  app.post(
    '/api/v1/api-keys',
    {
      config: { scope, audited: 'api-keys.create' },
      schema: {
        summary: 'Make an API key; its secret is shown this once',
        operationId: 'createApiKey',
        body: apiKeyInput,
        response: { 201: apiKeyCreatedView },
      },
    },
    async ({ caller, body, trace }, reply) => {
      const { key, secret } = await keys.create(newKey(caller.tenant, body, caller), trace);
      return reply
        .status(201)
        .header('location', `/api/v1/api-keys/${key.id}`)
        .header('cache-control', 'no-store')
        .send({ ...apiKeyViewOf(key), secret });
    },
  );
  app.get(
    '/api/v1/api-keys',
    {
      config: { scope },
      schema: {
        summary: 'The API keys of the tenant',
        operationId: 'listApiKeys',
        response: { 200: z.object({ data: z.array(apiKeyView) }) },
      },
    },
    async ({ caller }) => ({ data: (await keys.list(caller.tenant)).map(apiKeyViewOf) }),
  );
  app.delete(
    '/api/v1/api-keys/:id',
    {
      config: { scope, audited: 'api-keys.revoke' },
      schema: {
        summary: 'Revoke an API key',
        operationId: 'revokeApiKey',
        params: z.object({ id: z.string() }),
        response: { 200: apiKeyView },
      },
    },
    async ({ caller, params, trace }: FastifyRequest<{ Params: { id: string } }>) => {
      const key = await keys.revoke(caller.tenant, params.id, trace);
      if (key) return apiKeyViewOf(key);
      throw fault('access.no-such-key', { public: 'There is no such API key.' });
    },
  );
}

/** The key that was asked for, if the caller may give it.
 *  @throws `access.scope-not-yours-to-give` (403) */
export function newKey(tenant: string, asked: z.infer<typeof apiKeyInput>, caller: Caller): NewApiKey {
  if (asked.scopes.includes('platform:operate') && !caller.scopes.includes('platform:operate'))
    throw fault('access.scope-not-yours-to-give', {
      public: 'Only an operator of the platform makes a key with the scope platform:operate.',
    });
  return {
    tenant,
    name: asked.name,
    scopes: asked.scopes,
    requestsPerSecond: asked.requests_per_second ?? null,
    expiresAt: asked.expires_at === undefined ? null : new Date(asked.expires_at),
  };
}

export function apiKeyViewOf(key: ApiKey): z.infer<typeof apiKeyView> {
  return {
    id: key.id,
    name: key.name,
    tenant: key.tenant,
    scopes: [...key.scopes],
    requests_per_second: key.requestsPerSecond,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}
