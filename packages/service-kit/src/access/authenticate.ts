import { tenantId } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../types.ts';
import type { ApiKey } from './key-rows.ts';
import { isLocal, type Keyless } from './keyless.ts';
import type { ApiKeys, Refusal, Refused, Verification } from './keys.ts';
import type { Limits } from './limits.ts';
import { rateLimitFields, take } from './token-bucket.ts';

export interface Access {
  keys: ApiKeys;
  limits: Limits;
  /** Whose callers need no key; absent where all do. */
  keyless?: Keyless | undefined;
  /** Milliseconds. */
  now: () => number;
}

/** Who is calling a route and whether they may; at once where the key is known here already.
 *  @throws `access.key-missing`, `access.key-refused` (401), `access.scope-missing`, `access.tenant-not-yours`,
 *          `access.tenant-suspended`, `access.tenant-deleted` (403), `access.tenant-needed` (400), `access.rate-limited`,
 *          `access.too-many-refused-keys` (429) */
export function authenticate(access: Access, request: FastifyRequest, reply: FastifyReply): Caller | Promise<Caller> {
  const secret = secretOf(request);
  if (secret === undefined) return withoutKey(access, request);
  const { keys } = access;
  const admission = { access, request, reply, secret };
  const known = keys.known(secret);
  if (known) return callerOf(known, admission);
  // Looked up however many from this address were refused: a key that is known does not suffer from others beside it.
  const verified = keys.verify(secret);
  return verified instanceof Promise
    ? verified.then((verification) => callerOf(verification, admission))
    : callerOf(verified, admission);
}

/** Whoever runs a platform of one tenant on a machine of their own need not tell it who they are, where the header for it
 *  belongs to somebody else. */
async function withoutKey({ keyless, limits }: Access, request: FastifyRequest): Promise<Caller> {
  const isUpstreams = isForUpstream(request);
  const owner = isUpstreams && keyless && isLocal(request) ? await keyless.owner() : null;
  if (owner !== null)
    return {
      keyId: 'keyless',
      tenant: owner.tenant,
      scopes: ['predictions:read', 'decisions:write'],
      isService: false,
      usage: limits.ofTenant(owner.tenant, owner.quotas),
    };
  throw fault('access.key-missing', {
    public: isUpstreams
      ? 'This resource needs an API key of Retort, in x-retort-key or x-api-key: Authorization is for the upstream.'
      : 'This resource needs an API key: `Authorization: Bearer rt_…` or `x-api-key`.',
  });
}

const isForUpstream = ({ routeOptions }: FastifyRequest) => routeOptions.config.endpoint?.authorization === 'upstream';

interface Admission {
  access: Access;
  request: FastifyRequest;
  reply: FastifyReply;
  secret: string;
}

function callerOf(verified: Verification, { access, request, reply, secret }: Admission): Caller {
  if ('refused' in verified) throw refusalOf(verified, access.limits, request.ip);
  const { key, quotas } = verified;
  const bucket = access.limits.ofKey(key);
  if (bucket) {
    const wait = take(bucket, 1, access.now());
    reply.headers(rateLimitFields('key', bucket));
    if (wait > 0)
      throw fault('access.rate-limited', {
        retryAfter: wait,
        public: `This API key may make ${bucket.rate} requests a second, and has made them.`,
        internal: { key_id: key.id, tenant: key.tenant },
      });
  }
  const needed = request.routeOptions.config.scope;
  if (needed !== undefined && !key.scopes.includes(needed))
    throw fault('access.scope-missing', {
      public: `This API key does not carry the scope ${needed}.`,
      internal: { key_id: key.id, tenant: key.tenant, needed },
    });
  const tenant = tenantOf(request, key);
  const { id: keyId, scopes } = key;
  return {
    keyId,
    tenant,
    scopes,
    isService: key.anyTenant,
    usage: access.limits.ofTenant(tenant, quotas),
    holds: async () => 'key' in (await access.keys.verify(secret)),
  };
}

function refusalOf({ refused, keyId, tenant }: Refused, limits: Limits, address: string) {
  const internal = { key_id: keyId, tenant };
  if (refused === 'tenant-suspended' || refused === 'tenant-deleted')
    return fault(`access.${refused}`, { public: refusals[refused], internal });
  const wait = limits.refused(address);
  if (wait > 0) return tooManyRefusedKeys(wait);
  return fault('access.key-refused', { public: refusals[refused], internal });
}

function tooManyRefusedKeys(wait: number) {
  return fault('access.too-many-refused-keys', {
    retryAfter: wait,
    public: 'Too many API keys from this address were refused.',
  });
}

const refusals: Record<Refusal, string> = {
  unknown: 'This API key is not known.',
  expired: 'This API key has expired.',
  revoked: 'This API key was revoked.',
  'tenant-suspended': 'The tenant of this API key is suspended.',
  'tenant-deleted': 'The tenant of this API key is deleted.',
};

/** Where Authorization is for an upstream, it is ours only with a key that is formed like ours. */
function secretOf(request: FastifyRequest): string | undefined {
  const { headers } = request;
  const bearer = bearerOf(headers);
  if (!isForUpstream(request)) return bearer ?? textOf(headers['x-api-key']);
  return (
    textOf(headers['x-retort-key']) ?? textOf(headers['x-api-key']) ?? (bearer?.startsWith('rt_') ? bearer : undefined)
  );
}

/** How almost everybody writes it: no pattern needs to run. */
const usual = 'Bearer ';

/** The scheme's name is case-insensitive (RFC 9110). */
const bearerOf = ({ authorization = '' }: IncomingHttpHeaders) =>
  authorization.startsWith(usual) ? authorization.slice(usual.length) : /^bearer +(\S+)$/i.exec(authorization)?.[1];
const textOf = (header: string | string[] | undefined) =>
  typeof header === 'string' && header !== '' ? header : undefined;

function tenantOf({ headers }: FastifyRequest, key: Pick<ApiKey, 'id' | 'tenant' | 'anyTenant'>): string {
  const named = headers['x-retort-tenant'];
  if (!key.anyTenant) {
    if (named === undefined || named === key.tenant) return key.tenant;
    throw fault('access.tenant-not-yours', {
      public: 'This API key may not name a tenant: it belongs to one.',
      internal: { key_id: key.id, tenant: key.tenant },
    });
  }
  const tenant = tenantId.safeParse(named);
  if (tenant.success) return tenant.data;
  throw fault('access.tenant-needed', {
    public: 'This API key acts for any tenant and needs to name one in x-retort-tenant.',
  });
}
