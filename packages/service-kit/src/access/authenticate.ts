import { tenantId } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../types.ts';
import type { ApiKeys, Verification } from './keys.ts';

/** Who is calling a route and whether they may; at once where the key is known here already.
 *  @throws `access.key-missing`, `access.key-refused` (401), `access.scope-missing`, `access.tenant-not-yours` (403),
 *          `access.tenant-needed` (400) */
export function authenticate(keys: ApiKeys, request: FastifyRequest): Caller | Promise<Caller> {
  const secret = secretOf(request);
  if (secret === undefined)
    throw fault('access.key-missing', {
      public: 'This resource needs an API key: `Authorization: Bearer rt_…` or `x-api-key`.',
    });
  const verified = keys.verify(secret);
  return verified instanceof Promise ? verified.then((later) => callerOf(request, later)) : callerOf(request, verified);
}

function callerOf(request: FastifyRequest, verified: Verification): Caller {
  if ('refused' in verified) throw fault('access.key-refused', { public: refusals[verified.refused] });
  const { key } = verified;
  const needed = request.routeOptions.config.scope;
  if (needed !== undefined && !key.scopes.includes(needed))
    throw fault('access.scope-missing', {
      public: `This API key does not carry the scope ${needed}.`,
      internal: { key: key.id, needed },
    });
  return { keyId: key.id, tenant: tenantOf(request, key), scopes: key.scopes };
}

const refusals = {
  unknown: 'This API key is not known.',
  expired: 'This API key has expired.',
  revoked: 'This API key was revoked.',
} as const;

/** The scheme's name is case-insensitive (RFC 9110). */
function secretOf({ headers }: FastifyRequest): string | undefined {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const plain = headers['x-api-key'];
  return bearer ?? (typeof plain === 'string' && plain !== '' ? plain : undefined);
}

function tenantOf({ headers }: FastifyRequest, key: { tenant: string; anyTenant: boolean }): string {
  const named = headers['x-retort-tenant'];
  if (!key.anyTenant) {
    if (named === undefined || named === key.tenant) return key.tenant;
    throw fault('access.tenant-not-yours', {
      public: 'This API key may not name a tenant: it belongs to one.',
    });
  }
  const tenant = tenantId.safeParse(named);
  if (tenant.success) return tenant.data;
  throw fault('access.tenant-needed', {
    public: 'This API key acts for any tenant and needs to name one in x-retort-tenant.',
  });
}
