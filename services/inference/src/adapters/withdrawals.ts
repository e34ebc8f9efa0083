import type { Queryable } from '@retort/postgres';
import type { FoldedTable, ReceivedEvent } from '@retort/service-kit';
import { noAudits } from '@retort/statistics';

/** What the audits say beyond that is a measurement. */
export const withdrawnSlices: FoldedTable = {
  name: 'slice_evidence',
  columns: ['announced'],
  where: 'announced and withdrawn_at is not null',
};

/** What was withdrawn of a version stays withdrawn, also where the audits that refuted it are lost. */
export async function storeWithdrawal(
  { tenant, time, data }: ReceivedEvent<'SLICE_WITHDRAWN'>,
  transaction: Queryable,
): Promise<void> {
  const { model, model_version, slice, allowed, needed } = data;
  await transaction.query(
    `insert into slice_evidence as known
       (tenant, model, model_version, slice_by, slice_name, evidence, needed, withdrawn_at, announced)
     values ($1, $2, $3, $4, $5, $6, $7, $8, true)
     on conflict (tenant, model, model_version, slice_by, slice_name) do update set
       needed = coalesce(known.needed, excluded.needed),
       withdrawn_at = coalesce(known.withdrawn_at, excluded.withdrawn_at), announced = true`,
    [tenant, model, model_version, slice.by, slice.name ?? '', JSON.stringify(noAudits(allowed)), needed, time],
  );
}
