import type { Queryable } from '@retort/postgres';
import type { ReadersProgress } from '../app/readers.ts';
import { checkpointName } from './tables.ts';

const names = [checkpointName.live, checkpointName.relay];

export function postgresReaders(database: Queryable): ReadersProgress {
  return async () => {
    const { rows } = await database.query<{ name: string; position: string; updated_at: Date }>(
      'select name, position, updated_at from checkpoints where name = any($1)',
      [names],
    );
    const known = new Map(rows.map((row) => [row.name, row]));
    return names.map((name) => ({
      name,
      position: known.get(name)?.position ?? null,
      updatedAt: known.get(name)?.updated_at ?? null,
    }));
  };
}
