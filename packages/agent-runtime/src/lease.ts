import type { Queryable } from '@retort/postgres';

export interface Lease {
  agent: string;
  holder: string;
  /** Grows with every change of holder. */
  token: bigint;
}

export interface LeaseRequest {
  agent: string;
  holder: string;
  leaseMs: number;
}

/** Takes the lease when nobody holds it, or whoever held it did not renew it in time. Time is the database's: replicas
 *  need not agree on theirs. null when somebody else holds it. */
export async function acquireLease(where: Queryable, request: LeaseRequest): Promise<Lease | null> {
  const { agent, holder, leaseMs } = request;
  const { rows } = await where.query<{ token: bigint }>(
    `insert into agent_leases as known (agent, holder, token, expires_at)
     values ($1, $2, 1, now() + make_interval(secs => $3))
     on conflict (agent) do update set
       holder = excluded.holder,
       token = known.token + 1,
       expires_at = excluded.expires_at
       where known.expires_at < now()
     returning token`,
    [agent, holder, leaseMs / 1000],
  );
  return rows[0] ? { agent, holder, token: rows[0].token } : null;
}

/** False when the lease is no longer ours. */
export async function renewLease(where: Queryable, lease: Lease, leaseMs: number): Promise<boolean> {
  const { rowCount } = await where.query(
    `update agent_leases set expires_at = now() + make_interval(secs => $4)
     where agent = $1 and holder = $2 and token = $3 and expires_at >= now()`,
    [lease.agent, lease.holder, lease.token.toString(), leaseMs / 1000],
  );
  return rowCount === 1;
}

/** Lets the next replica in at once. */
export async function releaseLease(where: Queryable, lease: Lease): Promise<void> {
  await where.query(
    `update agent_leases set expires_at = '-infinity' where agent = $1 and holder = $2 and token = $3`,
    [lease.agent, lease.holder, lease.token.toString()],
  );
}
