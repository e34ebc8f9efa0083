import { scopes as allScopes, scope, type Scope } from '@retort/contracts';
import type { Clock } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import { newToken, parseToken, sameSecret, type Token } from './token.ts';

/** What is known of a key; never its secret. */
export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  anyTenant: boolean;
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
}

export interface ApiKeys {
  /** `secret` is the whole key; it is never to be had again. */
  create(key: NewApiKey): Promise<{ key: ApiKey; secret: string }>;
  list(tenant: string): Promise<ApiKey[]>;
  /** The key as it is now; null when the tenant has no such key. Revoking twice is revoking once. */
  revoke(tenant: string, id: string): Promise<ApiKey | null>;
  /** The key behind a secret, or why there is none; at once when the key was looked up a moment ago. A revocation made
   *  by another process is heard within `cacheMs`. */
  verify(secret: string): Verification | Promise<Verification>;
  /** One key with all scopes for a tenant that has none yet; null when it has some. */
  bootstrap(tenant: string): Promise<{ key: ApiKey; secret: string } | null>;
}

export type Verification = { key: ApiKey } | { refused: 'unknown' | 'expired' | 'revoked' };

export interface ApiKeysOptions {
  database: Queryable;
  clock: Clock;
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
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

interface Known {
  key: ApiKey;
  secretHash: Buffer;
}

const cacheLimit = 10_000;

/** API keys in schema `access`. Only the SHA-256 of a secret is stored. */
export function apiKeys({ database, clock, serviceKey, cacheMs = 5_000 }: ApiKeysOptions): ApiKeys {
  const cache = new Map<string, { known: Known | null; until: number }>();
  const tokens = new Map<string, Token>();

  async function find(id: string): Promise<Known | null> {
    const until = clock().getTime() + cacheMs;
    const { rows } = await database.query<Row>('select * from access.api_keys where id = $1', [id]);
    const known = rows[0] ? { key: fromRow(rows[0]), secretHash: rows[0].secret_hash } : null;
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

  function judge({ secretHash }: Token, known: Known | null): Verification {
    if (!known || !sameSecret(secretHash, known.secretHash)) return { refused: 'unknown' };
    if (known.key.revokedAt) return { refused: 'revoked' };
    if (known.key.expiresAt && known.key.expiresAt <= clock()) return { refused: 'expired' };
    return { key: known.key };
  }

  async function create(key: NewApiKey): Promise<{ key: ApiKey; secret: string }> {
    const token = newToken();
    const { rows } = await database.query<Row>(
      `insert into access.api_keys (id, tenant, name, secret_hash, scopes, any_tenant, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning *`,
      [
        token.id,
        key.tenant,
        key.name,
        token.secretHash,
        [...new Set(key.scopes)],
        key.anyTenant ?? false,
        clock(),
        key.expiresAt ?? null,
      ],
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
    async revoke(tenant, id) {
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
          ? { key: asServiceKey(serviceKey.id) }
          : { refused: 'unknown' };
      const cached = cache.get(token.id);
      if (cached && cached.until > clock().getTime()) return judge(token, cached.known);
      return find(token.id).then((known) => judge(token, known));
    },
    async bootstrap(tenant) {
      const { rows } = await database.query('select 1 from access.api_keys where tenant = $1 limit 1', [tenant]);
      return rows.length > 0 ? null : create({ tenant, name: 'bootstrap', scopes: allScopes });
    },
  };
}

/** Forgets the entry that was made first when there are too many. */
function keep<Value>(cache: Map<string, Value>, key: string, value: Value): void {
  if (cache.size >= cacheLimit) cache.delete(cache.keys().next().value!);
  cache.set(key, value);
}

function fromRow(row: Row): ApiKey {
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    // A scope that this release does not know (any more) grants nothing.
    scopes: row.scopes.filter((name): name is Scope => scope.safeParse(name).success),
    anyTenant: row.any_tenant,
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
    createdAt: new Date(0),
    expiresAt: null,
    revokedAt: null,
  };
}
