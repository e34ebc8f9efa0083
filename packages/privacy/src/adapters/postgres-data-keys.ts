import { migrate, type Database } from '@retort/postgres';
import type { DataKeys, WrappedKey } from '../keys/data-keys.ts';

const columns = 'id, tenant, subject, wrapped';

/** Brings the schema `privacy` up to date. */
export async function migrateDataKeys(target: Database): Promise<void> {
  await migrate({ target, schema: 'privacy', folder: new URL('../../migrations/', import.meta.url) });
}

/** Whether data are encrypted with keys of this database. */
export async function haveDataKeys(database: Database): Promise<boolean> {
  const { rowCount } = await database.query('select from privacy.data_keys limit 1');
  return rowCount > 0;
}

export function postgresDataKeys(database: Database): DataKeys {
  return {
    async ofSubjects(tenant, subjects) {
      const { rows } = await database.query<WrappedKey>(
        `select ${columns} from privacy.data_keys where tenant = $1 and subject = any($2) and wrapped is not null`,
        [tenant, subjects],
      );
      return rows;
    },
    async add(keys) {
      await database.query(
        `insert into privacy.data_keys (${columns})
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
         on conflict (tenant, subject) where wrapped is not null do nothing`,
        [
          keys.map(({ id }) => id),
          keys.map(({ tenant }) => tenant),
          keys.map(({ subject }) => subject),
          keys.map(({ wrapped }) => wrapped),
        ],
      );
    },
    async find(ids) {
      const { rows } = await database.query<WrappedKey>(
        `select ${columns} from privacy.data_keys where id = any($1::uuid[]) and wrapped is not null`,
        [ids],
      );
      return rows;
    },
    async destroy(ids) {
      await database.query(
        `update privacy.data_keys set wrapped = null, destroyed_at = now()
         where id = any($1::uuid[]) and wrapped is not null`,
        [ids],
      );
      // Until then the old row lies in the table's file.
      await database.query('vacuum privacy.data_keys');
    },
    async check(first) {
      await database.query('insert into privacy.key_check (wrapped) values ($1) on conflict do nothing', [first]);
      const { rows } = await database.query<{ wrapped: Buffer }>('select wrapped from privacy.key_check');
      return rows[0]!.wrapped;
    },
  };
}
