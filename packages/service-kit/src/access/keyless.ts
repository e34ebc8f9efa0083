import type { Quotas } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { FastifyRequest } from 'fastify';

/** Whose requests are taken without a key. */
export interface Keyless {
  /** The one tenant of the platform; null when there are several, none, or it is not active. */
  owner(): Promise<{ tenant: string; quotas: Quotas | null } | null>;
}

const validForMs = 5_000;

/** For a platform that listens on loopback only. */
export function keyless(database: Queryable): Keyless {
  let known: { owner: ReturnType<Keyless['owner']>; until: number } | undefined;
  let last: Awaited<ReturnType<Keyless['owner']>> | undefined;

  async function read() {
    const { rows } = await database.query<{ tenant: string; state: string | null; quotas: Quotas | null }>(
      `select known.tenant, tenants.state, tenants.quotas
         from (select id as tenant from access.tenants union select tenant from access.api_keys) known
         left join access.tenants on tenants.id = known.tenant limit 2`,
    );
    const [only, another] = rows;
    if (!only || another || (only.state ?? 'active') !== 'active') return null;
    return { tenant: only.tenant, quotas: only.quotas };
  }

  return {
    owner() {
      const now = performance.now();
      if (known && known.until > now) return known.owner;
      const owner = read().then(
        (found) => (last = found),
        (error: unknown) => {
          // While the database is away, what it said last holds.
          if (last !== undefined) return last;
          known = undefined;
          throw error;
        },
      );
      known = { owner, until: now + validForMs };
      return owner;
    },
  };
}

export const isLoopback = (host: string) => loopback.test(host);
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|::ffff:127(\.\d{1,3}){3})$/;

const told = ['origin', 'sec-fetch-site', 'forwarded', 'x-forwarded-for', 'via'];

/** A program of this machine: not a proxy's caller, nor a page in a browser, whose scripts reach loopback too and may call it
 *  by a name of their own. */
export function isLocal({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): boolean {
  const named = (headers.host ?? '').replace(/:\d+$/, '');
  return isLoopback(ip) && isLoopback(named) && told.every((name) => headers[name] === undefined);
}
