import type { Queryable } from './port.ts';

/** Takes the role that owns a schema (the first of the search path when absent) where this one is a member of it: what is made
 *  is the owner's then, whoever makes it, and open to all its members. The database's own schema, which nobody in particular owns,
 *  stays as it is. With `local`, until the transaction ends. */
export async function becomeOwner(client: Queryable, schema: string | null, local = false): Promise<void> {
  await client.query(
    `select set_config('role', pg_get_userbyid(nspowner), $2) from pg_namespace
     where nspname = coalesce($1, current_schema()) and nspowner <> current_user::regrole
       and nspowner is distinct from to_regrole('pg_database_owner') and pg_has_role(current_user, nspowner, 'member')`,
    [schema, local],
  );
}
