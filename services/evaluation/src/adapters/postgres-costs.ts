import type { CostAnalysisRow } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { CostQuery, Costs, CostsOfDays } from '../app/costs.ts';

export function postgresCosts(db: Queryable): Costs {
  return { record: (costs) => recordCosts(db, costs), read: (query) => readCosts(db, query) };
}

async function recordCosts(db: Queryable, { tenant, rows, recordedAt }: CostsOfDays): Promise<void> {
  if (rows.length === 0) return;
  await db.query(
    `insert into cost_rows (tenant, day, model, recorded_at, row)
     select $1, now.day, now.model, $2, now.row
     from unnest($3::date[], $4::text[], $5::jsonb[]) as now (day, model, row)
     where now.row is distinct from (
       select known.row from cost_rows known
       where known.tenant = $1 and known.day = now.day and known.model = now.model
       order by known.recorded_at desc limit 1)
     on conflict do nothing`,
    [
      tenant,
      recordedAt,
      rows.map(({ day }) => day),
      rows.map(({ model }) => model),
      rows.map((row) => JSON.stringify(row)),
    ],
  );
}

async function readCosts(db: Queryable, { tenant, moments, limit, after }: CostQuery): Promise<CostAnalysisRow[]> {
  const { rows } = await db.query<{ row: CostAnalysisRow }>(
    `select row from (
       select distinct on (day, model) day, model, row from cost_rows
       where tenant = $1 and ($2::timestamptz is null or recorded_at <= $2)
         and ($3::timestamptz is null or day < ($3::timestamptz at time zone 'UTC')::date
              or (day = ($3::timestamptz at time zone 'UTC')::date and recorded_at <= $3))
         and ($4::date is null or day < $4 or (day = $4 and model > $5))
       order by day, model, recorded_at desc
     ) newest order by day desc, model limit $6`,
    [tenant, moments.recorded_as_of ?? null, moments.as_of ?? null, after?.day ?? null, after?.model ?? null, limit],
  );
  return rows.map(({ row }) => row);
}
