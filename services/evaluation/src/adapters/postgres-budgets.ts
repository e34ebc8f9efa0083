import type { Budget, Spending } from '@retort/contracts';
import { parsePosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import { readModel } from '@retort/service-kit';
import type { BudgetTable } from '../app/budgets.ts';

export function postgresBudgets(db: Queryable): BudgetTable {
  return {
    async set(tenant) {
      const { rows } = await db.query<{ subject: string; budgets: Budget[] }>(
        'select subject, budgets from budgets where tenant = $1 order by subject',
        [tenant],
      );
      return rows;
    },
    async spent(tenant, since) {
      const { rows } = await db.query<Spending>(
        `select key_id, to_char(day, 'YYYY-MM-DD') as day, currency, tokens, amount from spending
         where tenant = $1 and day >= $2::date`,
        [tenant, since],
      );
      return rows;
    },
    async add(tenant, spent) {
      if (spent.length === 0) return;
      await db.query(
        `insert into spending as known (tenant, day, key_id, currency, tokens, amount)
         select $1, day, key_id, currency, sum(tokens), sum(amount)
         from unnest($2::date[], $3::text[], $4::text[], $5::float8[], $6::float8[])
           as told (day, key_id, currency, tokens, amount)
         group by day, key_id, currency order by day, key_id, currency
         on conflict (tenant, day, key_id, currency) do update set
           tokens = known.tokens + excluded.tokens, amount = known.amount + excluded.amount`,
        [
          tenant,
          spent.map(({ day }) => day),
          spent.map(({ key_id }) => key_id),
          spent.map(({ currency }) => currency),
          spent.map(({ tokens }) => tokens),
          spent.map(({ amount }) => amount),
        ],
      );
    },
  };
}

/** Budgets as their events set them. */
export const budgetsTable = readModel(
  'BUDGETS_SET',
  async ({ tenant, time, position, data: { subject, budgets } }, transaction) => {
    const { commit, prepare } = parsePosition(position);
    await transaction.query(
      `insert into budgets as known (tenant, subject, budgets, set_at, commit_position, prepare_position)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (tenant, subject) do update set budgets = excluded.budgets, set_at = excluded.set_at,
         commit_position = excluded.commit_position, prepare_position = excluded.prepare_position
       where (known.commit_position, known.prepare_position) <= (excluded.commit_position, excluded.prepare_position)`,
      [tenant, subject, JSON.stringify(budgets), time, commit, prepare],
    );
  },
  { fills: ['budgets'] },
);
