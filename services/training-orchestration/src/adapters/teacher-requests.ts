import { nameBasedId } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import { recordEvent, type ReceivedEvent, type ServiceContext } from '@retort/service-kit';
import type { TeacherRequests } from '../app/teacher-requests.ts';

/** Namespace of the events' ids. */
const requests = '7f2b7c0e-3a55-5c1d-8f52-41d0d0a2b6a3';

export function teacherRequests(
  context: Pick<ServiceContext<unknown>, 'db' | 'events' | 'clock' | 'newId'>,
): TeacherRequests {
  const { db } = context;
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
    async record({ tenant, model, datasetVersion }, { asked, answered, curationRun }, trace) {
      const data = { model, dataset_version: datasetVersion, asked, answered, curation_run: curationRun };
      const occurredAt = context.clock().toISOString();
      await recordEvent(context, {
        type: 'TEACHER_ASKED',
        tenant,
        aggregateId: model,
        trace,
        occurredAt,
        data,
        id: nameBasedId(requests, `${tenant} ${model} ${datasetVersion}`),
      });
      await insertRequest(db, { tenant, data, time: occurredAt });
    },
  };
}

export async function rememberRequest(
  { tenant, data, time }: ReceivedEvent<'TEACHER_ASKED'>,
  transaction: Queryable,
): Promise<void> {
  await insertRequest(transaction, { tenant, data, time });
}

async function insertRequest(
  where: Queryable,
  { tenant, data, time }: Pick<ReceivedEvent<'TEACHER_ASKED'>, 'tenant' | 'data' | 'time'>,
): Promise<void> {
  await where.query(
    `insert into teacher_requests (tenant, model, dataset_version, asked, answered, curation_run, requested_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [tenant, data.model, data.dataset_version, data.asked, data.answered, data.curation_run, time],
  );
}
