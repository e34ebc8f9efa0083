import type { Queryable } from '@retort/postgres';
import type { LabelledRequest } from '../app/ask-student.ts';
import type { Inputs } from '../app/inputs.ts';

const pageSize = 100;

export function postgresInputs(db: Queryable): Inputs {
  return {
    async keep(runId, decisions, transaction) {
      for (let start = 0; start < decisions.length; start += pageSize) {
        const part = decisions.slice(start, start + pageSize);
        await transaction.query(
          'insert into evaluation_inputs (run_id, index, decision) select $1, * from unnest($2::int[], $3::jsonb[])',
          [runId, part.map((_, index) => start + index), part.map((decision) => JSON.stringify(decision))],
        );
      }
    },
    async *read(runId) {
      for (let after = -1; ;) {
        const { rows } = await db.query<{ index: number; decision: LabelledRequest }>(
          'select index, decision from evaluation_inputs where run_id = $1 and index > $2 order by index limit $3',
          [runId, after, pageSize],
        );
        yield* rows;
        if (rows.length < pageSize) return;
        after = rows.at(-1)!.index;
      }
    },
    async drop(runId, transaction) {
      await transaction.query('delete from evaluation_inputs where run_id = $1', [runId]);
    },
  };
}
