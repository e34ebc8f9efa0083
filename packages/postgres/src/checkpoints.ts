import { fault } from '@retort/kernel';
import type { Queryable } from './port.ts';

/** How far a reader has come, or null when it has not begun. The table `checkpoints` is in every migrated schema
 *  (`migrations/0000-checkpoints.sql` of this package). */
export async function readCheckpoint(database: Queryable, name: string): Promise<string | null> {
  const { rows } = await database.query<{ position: string }>('select position from checkpoints where name = $1', [
    name,
  ]);
  return rows[0]?.position ?? null;
}

/** Moves a checkpoint from where its owner believes it stands, in the transaction of the rows it covers: rows and
 *  checkpoint change together or not at all, and of two owners only one succeeds.
 *  @throws `postgres.checkpoint-moved` (409): another owner moved it; the transaction must be rolled back. */
export async function advanceCheckpoint(
  transaction: Queryable,
  { name, from, to }: { name: string; from: string | null; to: string },
): Promise<void> {
  const { rowCount } =
    from === null
      ? await transaction.query('insert into checkpoints (name, position) values ($1, $2) on conflict do nothing', [
          name,
          to,
        ])
      : await transaction.query(
          'update checkpoints set position = $3, updated_at = now() where name = $1 and position = $2',
          [name, from, to],
        );
  if (rowCount !== 1)
    throw fault('postgres.checkpoint-moved', {
      public: `The checkpoint "${name}" is no longer where this reader left it: another reader owns it now.`,
      internal: { name, from, to },
    });
}
