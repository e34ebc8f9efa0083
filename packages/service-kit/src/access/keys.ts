import { scopes as allScopes, type Quotas, type Scope } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { fault, isFault, nameBasedId, type Clock, type NewId } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import { recordEvent } from '../events/record-event.ts';
import type { Trace } from '../types.ts';
import { asServiceKey, fromRow, knownOf, type ApiKey, type Known, type Row, type RowWithTenant } from './key-rows.ts';
import { newToken, parseToken, sameSecret, type Token } from './token.ts';

/** Namespace of the ids of events that revoke a key. */
const revocations = '5c0a5c2e-7f0e-5f0b-8d6e-2f8b5b1f6a41';

export interface NewApiKey {
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  expiresAt?: Date | null;
  anyTenant?: boolean;
  requestsPerSecond?: number | null;
  /** Made anew when absent. */
  token?: Token;
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
  /** What is known here of a secret that was verified a moment ago: no hashing, no look into the database. */
  known(secret: string): Verification | null;
  /** Looks the keys of a tenant up again: its state or its quotas have changed. */
  forget(tenant: string): void;
  /** One key with all scopes for a tenant that has none yet, or the key that is given; null when there is nothing to do.
   *  @throws `access.key-refused` when the given key's id is another key's */
  bootstrap(tenant: string, given?: Token): Promise<{ key: ApiKey; secret: string } | null>;
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

interface Cached {
  known: Known | null;
  /** Milliseconds. */
  learntAt: number;
  /** Milliseconds; 0 once it was withdrawn. */
  until: number;
}

/** The verdict on a secret, for as long as what it came from is known. */
interface Judged {
  verification: Verification;
  from: Cached;
  /** When the key ends by itself, in milliseconds. */
  expiresAt: number;
}

const cacheLimit = 10_000;
/** How long an outage of the database is bridged. */
const outageMs = 15 * 60_000;

/** API keys in schema `access`. Only the SHA-256 of a secret is stored, and that in no event: a key is recorded in its
 *  tenant's stream first, so that none works which is not on record. */
export function apiKeys(options: ApiKeysOptions): ApiKeys {
  const { database, clock, serviceKey, cacheMs = 5_000 } = options;
  const cache = new Map<string, Cached>();
  const ownKey = serviceKey && asServiceKey(serviceKey.id);
  const tokens = new Map<string, Token>();
  const verdicts = new Map<string, Judged>();

  async function find(id: string): Promise<Cached> {
    const learntAt = clock().getTime();
    const { rows } = await database.query<RowWithTenant>(
      `select keys.*, tenants.state as tenant_state, tenants.quotas
         from access.api_keys keys left join access.tenants on tenants.id = keys.tenant where keys.id = $1`,
      [id],
    );
    const row = { known: rows[0] ? knownOf(rows[0]) : null, learntAt, until: learntAt + cacheMs };
    cache.delete(id);
    keep(cache, id, row);
    return row;
  }

  /** While the database is away, what was known of a key goes on to hold, for as long as that is not too old: whoever has a key
   *  is answered, and revocations are heard when it is back. */
  async function found(id: string, held: Cached | undefined): Promise<Cached> {
    try {
      return await find(id);
    } catch (error) {
      const now = clock().getTime();
      const isAway = isFault(error) && error.detail.retriable && error.detail.status >= 500;
      if (!isAway || !held?.known || held.until === 0 || held.learntAt + outageMs < now) throw error;
      held.until = now + cacheMs;
      return held;
    }
  }

  function withdraw(id: string): void {
    const cached = cache.get(id);
    if (cached) cached.until = 0;
    cache.delete(id);
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

  function judged(token: Token, from: Cached): Verification {
    const verification = judge(token, from.known);
    const ends = from.known?.key.expiresAt;
    keep(verdicts, token.text, { verification, from, expiresAt: ends ? ends.getTime() : Infinity });
    return verification;
  }

  const freshTrace = (): Trace => ({ correlationId: options.newId(), causationId: null });

  async function create(key: NewApiKey, trace = freshTrace()): Promise<{ key: ApiKey; secret: string }> {
    const { tenant, name, token = newToken(), anyTenant = false, requestsPerSecond = null, expiresAt = null } = key;
    if (expiresAt && expiresAt <= clock())
      throw fault('access.expiry-past', {
        public: 'The key would have expired before it was made.',
        errors: [{ pointer: '/expires_at', message: 'is in the past' }],
      });
    const scopes = [...new Set(key.scopes)];
    await recordEvent(options, {
      type: 'API_KEY_CREATED',
      tenant,
      aggregateId: tenant,
      trace,
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
        type: 'API_KEY_REVOKED',
        tenant,
        aggregateId: tenant,
        trace,
        id: nameBasedId(revocations, id),
        data: { key_id: id },
      });
      const { rows } = await database.query<Row>(
        `update access.api_keys set revoked_at = coalesce(revoked_at, $3) where tenant = $1 and id = $2 returning *`,
        [tenant, id, clock()],
      );
      withdraw(id);
      return rows[0] ? fromRow(rows[0]) : null;
    },
    verify(secret) {
      const token = tokenOf(secret);
      if (!token) return { refused: 'unknown' };
      if (serviceKey && token.id === serviceKey.id)
        return sameSecret(token.secretHash, serviceKey.secretHash)
          ? { key: ownKey!, quotas: null }
          : { refused: 'unknown', keyId: token.id };
      const cached = cache.get(token.id);
      if (cached && cached.until > clock().getTime()) return judged(token, cached);
      return found(token.id, cached).then((row) => judged(token, row));
    },
    known(secret) {
      if (secret === serviceKey?.text) return { key: ownKey!, quotas: null };
      const verdict = verdicts.get(secret);
      if (verdict === undefined) return null;
      const now = clock().getTime();
      if (verdict.from.until > now && verdict.expiresAt > now) return verdict.verification;
      verdicts.delete(secret);
      return null;
    },
    forget(tenant) {
      for (const [id, { known }] of cache) if (known?.key.tenant === tenant) withdraw(id);
    },
    async bootstrap(tenant, given) {
      const { rows } = given
        ? await database.query<Row>('select * from access.api_keys where id = $1', [given.id])
        : await database.query<Row>('select * from access.api_keys where tenant = $1 limit 1', [tenant]);
      const known = rows[0];
      if (!known) return create({ tenant, name: 'bootstrap', scopes: allScopes, ...(given && { token: given }) });
      if (given && (known.tenant !== tenant || !sameSecret(given.secretHash, known.secret_hash)))
        throw fault('access.key-refused', { public: `The key ${given.id} is there already, and is another one.` });
      return null;
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
