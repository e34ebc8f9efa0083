import { fault } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import type { RunRecord } from './run.ts';

/** What a process writes to a run while it owns it. */
export function runWrites<Result>(db: Database, { runId, owner }: { runId: string; owner: string }) {
  return {
    /** Resolves to false when somebody asked for the run to end, or another process took it over. */
    async beat(): Promise<boolean> {
      const { rows } = await db.query<{ cancel_requested: boolean }>(
        `update runs set heartbeat_at = now() where run_id = $1 and owner = $2 and state = 'running' returning cancel_requested`,
        [runId, owner],
      );
      return rows[0] !== undefined && !rows[0].cancel_requested;
    },
    async update(result: Partial<Result>): Promise<void> {
      await db.query('update runs set result = result || $3::jsonb where run_id = $1 and owner = $2', [
        runId,
        owner,
        JSON.stringify(result),
      ]);
    },
    async record(part: RunRecord): Promise<void> {
      const { rowCount } = await db.query(
        `update runs set record = record || $3::jsonb where run_id = $1 and owner = $2 and state = 'running'`,
        [runId, owner, JSON.stringify(part)],
      );
      if (rowCount === 0) throw fault('run.lost', { public: 'Another process took this run over.' });
    },
  };
}
