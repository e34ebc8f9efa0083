import type { Clock } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import type { Logger } from 'pino';
import type { Progress } from '../types.ts';

const storeEveryMs = 250;

/** Where the steps of a run that is taken up again go on. */
export async function lastSequence(db: Database, runId: string): Promise<number> {
  const { rows } = await db.query<{ last: number }>(
    'select coalesce(max(sequence), 0) as last from run_progress where run_id = $1',
    [runId],
  );
  return rows[0]!.last;
}

/** Stores steps in their order, a few times a second and whenever the step has a new name. */
export function stepRecorder(options: {
  db: Database;
  clock: Clock;
  runId: string;
  owner: string;
  log: Logger;
  /** The last one known. */
  sequence: number;
}) {
  const { db, clock, runId, owner, log } = options;
  let { sequence } = options;
  let fraction = 0;
  let last = { at: 0, step: '' };
  let storing: Promise<void> = Promise.resolve();
  const record = (step: Progress) => {
    fraction = step.fraction;
    const values = [
      runId,
      ++sequence,
      clock(),
      step.fraction,
      step.step,
      step.metrics ? JSON.stringify(step.metrics) : null,
    ];
    storing = storing.then(async () => {
      await db.query(
        'insert into run_progress (run_id, sequence, at, fraction, step, metrics) values ($1, $2, $3, $4, $5, $6) on conflict do nothing',
        values,
      );
      await db.query(
        `update runs set fraction = $3, step = $4 where run_id = $1 and owner = $2 and state = 'running'`,
        [runId, owner, step.fraction, step.step],
      );
    });
    storing = storing.catch((error: unknown) => log.warn({ err: error }, 'a step of a run was not stored'));
    return storing;
  };
  return {
    record,
    fraction: () => fraction,
    stored: () => storing,
    report(step: Progress) {
      const now = performance.now();
      if (step.step === last.step && now - last.at < storeEveryMs && !step.metrics) return;
      last = { at: now, step: step.step };
      void record(step);
    },
  };
}
