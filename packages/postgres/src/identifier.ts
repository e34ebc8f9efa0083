import { fault } from '@retort/kernel';

/** Checks a schema, table or database name before it becomes part of SQL: lower-case letters, digits, underscores.
 *  What passes is safe unquoted and quoted.
 *  @throws `postgres.identifier` (500) */
export function identifier(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name;
  throw fault('postgres.identifier', {
    public: `${JSON.stringify(name)} is not a plain SQL identifier.`,
  });
}
