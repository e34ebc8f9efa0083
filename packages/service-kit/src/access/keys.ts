import { scopes as allScopes, scope, type Quotas, type Scope, type TenantState } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { fault, type Clock, type NewId } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import { recordEvent } from '../events/record-event.ts';
import type { Trace } from '../types.ts';
import { newToken, parseToken, sameSecret, type Token } from './token.ts';

/** What is known of a key; never its secret. */
export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  anyTenant: boolean;
  /** null: as the platform's configuration says. */
  requestsPerSecond: number | null;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

export interface NewApiKey {
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  expiresAt?: Date | null;
  anyTenant?: boolean;
  requestsPerSecond?: number | null;
}

export interface ApiKeys {
  /** `secret` is the whole key; it is never to be had again.
   *  @throws `access.expiry-past` (422) */
  create(key: NewApiKey, trace?: Trace): Promise<{ key: ApiKey; secret: string }>;
  list(tenant: string): Promise<ApiKey[]>;
  /** The key as it is now; null when the tenant has no such key. Revoking twice is revoking once. */
  revoke(tenant: string, id: string, trace?: Trace): Promise<ApiKey | null>;
  /** The key behind a secret, or why there is none; at once when the key was looked up a moment ago. A revocation made
   *  by another process is heard within `cacheMs`. */
  verify(secret: string): Verification | Promise<Verification>;
  /** Whether a secret can be verified without a look into the database. */
  knows(secret: string): boolean;
  /** Looks the keys of a tenant up again: its state or its quotas have changed. */
  forget(tenant: string): void;
  /** One key with all scopes for a tenant that has none yet; null when it has some. */
  bootstrap(tenant: string): Promise<{ key: ApiKey; secret: string } | null>;
}

export type Verification =
  | {
      key: ApiKey;
      /** Of the key's tenant; null for a key that acts for any. */
      quotas: Quotas | null;
    }
  | Refused;
export interface Refused {
  refused: Refusal;
  /** As it was named; the tenant only where the secret was the key's. */
  keyId?: string;
  tenant?: string;
}
export type Refusal = 'unknown' | 'expired' | 'revoked' | 'tenant-suspended' | 'tenant-deleted';

export interface ApiKeysOptions {
  database: Queryable;
  events: EventStore;
  clock: Clock;
  newId: NewId;
  /** A key the services call one another with, for any tenant. It is known here and stored nowhere. */
  serviceKey?: Token;
  cacheMs?: number;
}

interface Row {
  id: string;
  tenant: string;
  name: string;
  secret_hash: Buffer;
  scopes: string[];
  any_tenant: boolean;
  requests_per_second: number | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

interface RowWithTenant extends Row {
  tenant_state: TenantState | null;
  quotas: Quotas | null;
}

interface Known {
  key: ApiKey;
  secretHash: Buffer;
  /** null: nobody has recorded the tenant yet. */
  tenantState: TenantState | null;
  quotas: Quotas | null;
}

const cacheLimit = 10_000;

/** API keys in schema `access`. Only the SHA-256 of a secret is stored, and that in no event: a key is recorded in its
 *  tenant's stream first, so that none works which is not on record. */
export function apiKeys(options: ApiKeysOptions): ApiKeys {
  const { database, clock, serviceKey, cacheMs = 5_000 } = options;
  const cache = new Map<string, { known: Known | null; until: number }>();
  const tokens = new Map<string, Token>();

  async function find(id: string): Promise<Known | null> {
    const until = clock().getTime() + cacheMs;
    const { rows } = await database.query<RowWithTenant>(
      `select keys.*, tenants.state as tenant_state, tenants.quotas
         from access.api_keys keys left join access.tenants on tenants.id = keys.tenant where keys.id = $1`,
      [id],
    );
    const known = rows[0] ? knownOf(rows[0]) : null;
    cache.delete(id);
    keep(cache, id, { known, until });
    return known;
  }

  /** The same secrets come again and again, and hashing one takes as long as routing its request. */
  function tokenOf(secret: string): Token | null {
    const known = tokens.get(secret);
    if (known) return known;
    const token = parseToken(secret);
    if (token) keep(tokens, secret, token);
    return token;
  }

  function judge({ id, secretHash }: Token, known: Known | null): Verification {
    if (!known || !sameSecret(secretHash, known.secretHash)) return { refused: 'unknown', keyId: id };
    const refused = refusalOf(known, clock);
    return refused === null
      ? { key: known.key, quotas: known.quotas }
      : { refused, keyId: id, tenant: known.key.tenant };
  }

  const freshTrace = (): Trace => ({ correlationId: options.newId(), causationId: null });

  async function create(key: NewApiKey, trace = freshTrace()): Promise<{ key: ApiKey; secret: string }> {
    const token = newToken();
    const { tenant, name, anyTenant = false, requestsPerSecond = null, expiresAt = null } = key;
    if (expiresAt && expiresAt <= clock())
      throw fault('access.expiry-past', {
        public: 'The key would have expired before it was made.',
        errors: [{ pointer: '/expires_at', message: 'is in the past' }],
      });
    const scopes = [...new Set(key.scopes)];
    await recordEvent(options, {
      ...{ type: 'API_KEY_CREATED', tenant, aggregateId: tenant, trace },
      data: {
        key_id: token.id,
        name,
        scopes,
        any_tenant: anyTenant,
        requests_per_second: requestsPerSecond,
        expires_at: expiresAt?.toISOString() ?? null,
      },
    });
    const { rows } = await database.query<Row>(
      `insert into access.api_keys
         (id, tenant, name, secret_hash, scopes, any_tenant, requests_per_second, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning *`,
      [token.id, tenant, name, token.secretHash, scopes, anyTenant, requestsPerSecond, clock(), expiresAt],
    );
    return { key: fromRow(rows[0]!), secret: token.text };
  }

  return {
    create,
    async list(tenant) {
      const { rows } = await database.query<Row>(
        'select * from access.api_keys where tenant = $1 order by created_at desc, id limit 1000',
        [tenant],
      );
      return rows.map(fromRow);
    },
    async revoke(tenant, id, trace = freshTrace()) {
      const { rows: known } = await database.query<Row>('select * from access.api_keys where tenant = $1 and id = $2', [
        tenant,
        id,
      ]);
      if (!known[0] || known[0].revoked_at) return known[0] ? fromRow(known[0]) : null;
      await recordEvent(options, {
        ...{ type: 'API_KEY_REVOKED', tenant, aggregateId: tenant, trace },
        data: { key_id: id },
      });
      const { rows } = await database.query<Row>(
        `update access.api_keys set revoked_at = coalesce(revoked_at, $3) where tenant = $1 and id = $2 returning *`,
        [tenant, id, clock()],
      );
      cache.delete(id);
      return rows[0] ? fromRow(rows[0]) : null;
    },
    verify(secret) {
      const token = tokenOf(secret);
      if (!token) return { refused: 'unknown' };
      if (serviceKey && token.id === serviceKey.id)
        return sameSecret(token.secretHash, serviceKey.secretHash)
          ? { key: asServiceKey(serviceKey.id), quotas: null }
          : { refused: 'unknown', keyId: token.id };
      const cached = cache.get(token.id);
      if (cached && cached.until > clock().getTime()) return judge(token, cached.known);
      return find(token.id).then((known) => judge(token, known));
    },
    knows(secret) {
      const id = tokens.get(secret)?.id;
      return id !== undefined && (id === serviceKey?.id || (cache.get(id)?.until ?? 0) > clock().getTime());
    },
    forget(tenant) {
      for (const [id, { known }] of cache) if (known?.key.tenant === tenant) cache.delete(id);
    },
    async bootstrap(tenant) {
      const { rows } = await database.query('select 1 from access.api_keys where tenant = $1 limit 1', [tenant]);
      return rows.length > 0 ? null : create({ tenant, name: 'bootstrap', scopes: allScopes });
    },
  };
}

function refusalOf({ key, tenantState }: Known, clock: Clock): Refusal | null {
  if (key.revokedAt) return 'revoked';
  if (key.expiresAt && key.expiresAt <= clock()) return 'expired';
  if (tenantState === 'suspended' || tenantState === 'deleted') return `tenant-${tenantState}`;
  return null;
}

/** Forgets the entry that was made first when there are too many. */
function keep<Value>(cache: Map<string, Value>, key: string, value: Value): void {
  if (cache.size >= cacheLimit) cache.delete(cache.keys().next().value!);
  cache.set(key, value);
}

function knownOf(row: RowWithTenant): Known {
  return { key: fromRow(row), secretHash: row.secret_hash, tenantState: row.tenant_state, quotas: row.quotas };
}

function fromRow(row: Row): ApiKey {
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    // A scope that this release does not know (any more) grants nothing.
    scopes: row.scopes.filter((name): name is Scope => scope.safeParse(name).success),
    anyTenant: row.any_tenant,
    requestsPerSecond: row.requests_per_second,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

function asServiceKey(id: string): ApiKey {
  return {
    id,
    tenant: '',
    name: 'services',
    scopes: allScopes,
    anyTenant: true,
    requestsPerSecond: null,
    createdAt: new Date(0),
    expiresAt: null,
    revokedAt: null,
  };
}
