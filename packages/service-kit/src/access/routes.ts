import { createApiKey, listApiKeys, revokeApiKey, type apiKeyInput, type apiKeyView } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { z } from 'zod';
import { answer } from '../http/answers.ts';
import { mount } from '../http/mount.ts';
import type { Caller, Routes } from '../types.ts';
import type { ApiKey } from './key-rows.ts';
import type { ApiKeys, NewApiKey } from './keys.ts';

/** Keys of the caller's tenant. The secret is in the answer to the POST and nowhere else. */
export function apiKeyRoutes(app: Routes, keys: ApiKeys): void {
  mount(app, createApiKey, async ({ caller, body, trace }) => {
    const { key, secret } = await keys.create(newKey(caller.tenant, body, caller), trace);
    const headers = { location: `${listApiKeys.path}/${key.id}`, 'cache-control': 'no-store' };
    return answer(201, { ...apiKeyViewOf(key), secret }, headers);
  });
  mount(app, listApiKeys, async ({ caller }) => ({ data: (await keys.list(caller.tenant)).map(apiKeyViewOf) }));
  mount(app, revokeApiKey, async ({ caller, params: { id }, trace }) => {
    const key = await keys.revoke(caller.tenant, id, trace);
    if (key) return apiKeyViewOf(key);
    throw fault('access.no-such-key', { public: 'There is no such API key.' });
  });
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
