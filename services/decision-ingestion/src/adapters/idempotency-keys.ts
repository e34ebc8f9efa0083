import type { Queryable } from '@retort/postgres';
import type { IdempotencyKeys } from '../app/once.ts';

/** A claim whose process died is taken up by a retry after so long. */
const busySeconds = 60;

export function postgresIdempotencyKeys(database: Queryable): IdempotencyKeys {
  return {
    async take({ tenant, key, digest }) {
      const { rowCount } = await database.query(
        `insert into idempotency_keys as held (tenant, key, digest, busy_until)
         values ($1, $2, $3, now() + make_interval(secs => $4))
         on conflict (tenant, key) do update set busy_until = excluded.busy_until
           where held.digest = excluded.digest and (held.busy_until is null or held.busy_until < now())`,
        [tenant, key, digest, busySeconds],
      );
      if (rowCount > 0) return 'mine';
      const { rows } = await database.query<{ digest: string }>(
        'select digest from idempotency_keys where tenant = $1 and key = $2',
        [tenant, key],
      );
      // Given back in between: whoever asks again finds it free.
      return rows[0] && rows[0].digest !== digest ? 'other-request' : 'in-flight';
    },
    async keep({ tenant, key }) {
      await database.query(
        'update idempotency_keys set answered = true, busy_until = null where tenant = $1 and key = $2',
        [tenant, key],
      );
    },
    async giveBack({ tenant, key }) {
      await database.query('delete from idempotency_keys where tenant = $1 and key = $2 and not answered', [
        tenant,
        key,
      ]);
      await database.query('update idempotency_keys set busy_until = null where tenant = $1 and key = $2', [
        tenant,
        key,
      ]);
    },
  };
}
