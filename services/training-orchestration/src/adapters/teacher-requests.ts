import type { Queryable } from '@retort/postgres';
import type { TeacherRequests } from '../app/teacher-requests.ts';

export function teacherRequests(db: Queryable): TeacherRequests {
  return {
    async of({ tenant, model, datasetVersion }) {
      const { rows } = await db.query<{ asked: number; answered: number; curation_run: string | null }>(
        `select asked, answered, curation_run from teacher_requests
         where tenant = $1 and model = $2 and dataset_version = $3`,
        [tenant, model, datasetVersion],
      );
      const row = rows[0];
      return row ? { asked: row.asked, answered: row.answered, curationRun: row.curation_run } : null;
    },
    async remember({ tenant, model, datasetVersion }, { asked, answered, curationRun }) {
      await db.query(
        `insert into teacher_requests (tenant, model, dataset_version, asked, answered, curation_run)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [tenant, model, datasetVersion, asked, answered, curationRun],
      );
    },
  };
}
